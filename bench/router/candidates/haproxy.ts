import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { find, launch, pickPort, untilAnswers } from '../ground.ts';
import type { Services } from '../services.ts';
import { type Candidate, passive } from './candidate.ts';

export const haproxy: Candidate = {
  name: 'haproxy',
  title: 'HAProxy, 1 thread',
  does: 'weights, cookie, x-forwarded-for',
  async start(ground, services) {
    const program = find('haproxy');
    if (program === null) return 'haproxy is not installed';
    const [port, socketsPort] = [await pickPort(), await pickPort()];
    const admin = join(ground.folder, 'haproxy.sock');
    const file = join(ground.folder, 'haproxy.cfg');
    writeFileSync(file, configuration({ port, socketsPort, admin, services }));
    const child = launch(ground, program, ['-db', '-f', file]);
    if (!(await untilAnswers(port, child))) return 'it did not start';
    return {
      ...passive,
      port,
      socketsPort,
      pid: child.pid ?? null,
      splits: true,
      sticks: true,
      async setWeight(canary) {
        await tell(admin, `set server services/stable weight ${100 - canary}`);
        await tell(admin, `set server services/canary weight ${canary}`);
      },
    };
  },
};

interface Facts {
  readonly port: number;
  readonly socketsPort: number;
  readonly admin: string;
  readonly services: Services;
}

const configuration = ({ port, socketsPort, admin, services }: Facts) => `global
  nbthread 1
  stats socket ${admin} level admin
defaults
  mode http
  timeout connect 2s
  timeout client 600s
  timeout server 600s
  option forwardfor
  http-reuse always
frontend in
  bind 127.0.0.1:${port} backlog 1024
  default_backend services
backend services
  balance roundrobin
  cookie lane insert indirect nocache
  server stable 127.0.0.1:${services.stable} weight 90 cookie s
  server canary 127.0.0.1:${services.canary} weight 10 cookie c
frontend sockets
  bind 127.0.0.1:${socketsPort} backlog 1024
  default_backend echo
backend echo
  server echo 127.0.0.1:${services.echo}
`;

/** One command on the runtime API's socket. */
function tell(path: string, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(path, () => socket.write(`${command}\n`));
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('error', reject);
    socket.on('end', () => {
      socket.destroy();
      if (answer.trim() === '') resolve();
      else reject(new Error(`haproxy: ${answer.trim()}`));
    });
  });
}
