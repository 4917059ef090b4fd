import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface SelfSigned {
  readonly certificate: string;
  readonly key: string;
}

/** Makes a key and a certificate that signs itself, as files in the folder. */
export async function selfSigned(
  folder: string,
  name: string,
  hosts: readonly string[],
): Promise<SelfSigned> {
  const [certificate, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const names = hosts.map((host) => (/^[\d.]+$/.test(host) ? `IP:${host}` : `DNS:${host}`)).join(',');
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-keyout', key, '-out', certificate, '-subj', `/CN=${hosts[0] ?? ''}`],
    ...['-addext', `subjectAltName=${names}`],
  ]);
  return { certificate, key };
}
