import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { selfSigned } from './self-signed.fixture.ts';

const programs = ['/usr/bin/pebble', '/usr/bin/pebble-challtestsrv'] as const;

/** Why there is no certificate authority to test with; null: there is one. */
export const noPebble = programs.every((path) => existsSync(path))
  ? null
  : 'pebble is not installed (apt-get install pebble)';

export interface Pebble {
  readonly directory: string;
  /** The file with the authority that the directory is trusted by. */
  readonly authority: string;
  /** Where it asks for challenges, of whatever host. */
  readonly httpPort: number;
  stop(): Promise<void>;
}

/** Let's Encrypt's small certificate authority for tests, with names that all lead to this machine. */
export async function startPebble(
  folder: string,
  { httpPort, validSeconds }: { httpPort: number; validSeconds: number },
): Promise<Pebble> {
  const [apiPort, managementPort, dnsManagementPort] = [
    await freeTcpPort(),
    await freeTcpPort(),
    await freeTcpPort(),
  ];
  const dnsPort = await freeUdpPort();
  const { certificate, key } = await selfSigned(folder, 'pebble', ['localhost', '127.0.0.1']);
  const config = join(folder, 'pebble.json');
  await writeFile(
    config,
    JSON.stringify({
      pebble: {
        listenAddress: `127.0.0.1:${apiPort}`,
        managementListenAddress: `127.0.0.1:${managementPort}`,
        certificate,
        privateKey: key,
        httpPort,
        tlsPort: 1,
        ocspResponderURL: '',
        externalAccountBindingRequired: false,
        certificateValidityPeriod: validSeconds,
      },
    }),
  );
  const children = [
    spawn(
      programs[1],
      [
        ...['-dns01', `127.0.0.1:${dnsPort}`, '-http01', '', '-https01', '', '-tlsalpn01', ''],
        ...['-management', `127.0.0.1:${dnsManagementPort}`, '-defaultIPv6', ''],
      ],
      { stdio: 'ignore' },
    ),
    spawn(programs[0], ['-config', config, '-dnsserver', `127.0.0.1:${dnsPort}`], {
      stdio: 'ignore',
      env: { PEBBLE_VA_NOSLEEP: '1', PEBBLE_AUTHZREUSE: '0', PEBBLE_WFE_NONCEREJECT: '20' },
    }),
  ];
  await Promise.all([listens(apiPort), listens(dnsManagementPort)]);
  return {
    directory: `https://127.0.0.1:${apiPort}/dir`,
    authority: certificate,
    httpPort,
    stop: async () => {
      await Promise.all(children.map(end));
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

async function listens(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port }, () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`nothing listens on ${port}`);
}

export function freeTcpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function freeUdpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
