import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { find, type Ground, launch, pickPort, pickPorts, untilAnswers } from './ground.ts';

/** What all candidates pass requests on to. */
export interface Services {
  readonly stable: number;
  readonly canary: number;
  /** The ports of the same two services for each further route: no two replicas of a table may share one. */
  readonly further: Readonly<Record<Arm, readonly number[]>>;
  /** WebSockets that send back what comes. */
  readonly echo: number;
  readonly servedBy: 'nginx' | 'Node';
}

type Arm = 'stable' | 'canary';

export const bodyOf = (arm: Arm) => JSON.stringify({ arm, text: 'x'.repeat(72) });

/** Two services that answer at once: nginx where it is installed, else Node, which then limits what is measured. */
export async function startServices(ground: Ground, routes: number): Promise<Services> {
  const services: Services = {
    stable: await pickPort(),
    canary: await pickPort(),
    further: { stable: await pickPorts(routes - 1), canary: await pickPorts(routes - 1) },
    echo: await pickPort(),
    servedBy: find('nginx') === null ? 'Node' : 'nginx',
  };
  const program = join(import.meta.dirname, 'programs', 'service.ts');
  if (!startByNginx(ground, services))
    for (const arm of ['stable', 'canary'] as const)
      launch(ground, process.execPath, [program, 'answer', portsOf(services, arm).join(), bodyOf(arm)]);
  launch(ground, process.execPath, [program, 'echo', String(services.echo)]);
  for (const port of [services.stable, services.canary, services.echo])
    if (!(await untilAnswers(port))) throw new Error(`the service on port ${port} does not answer`);
  return services;
}

const portsOf = (services: Services, arm: Arm) => [services[arm], ...services.further[arm]];

function startByNginx(ground: Ground, services: Services): boolean {
  const nginx = find('nginx');
  if (nginx === null) return false;
  const servers = (['stable', 'canary'] as const).map((arm) => {
    const listens = portsOf(services, arm).map((port) => `listen 127.0.0.1:${port} backlog=1024;`);
    return `server {
${listens.join('\n')}
location / { default_type application/json; return 200 '${bodyOf(arm)}'; } }`;
  });
  const file = join(ground.folder, 'services.conf');
  writeFileSync(file, `${nginxHead(ground.folder, 'services')}${servers.join('\n')}\n}\n`);
  launch(ground, nginx, ['-p', ground.folder, '-c', file]);
  return true;
}

/**
 * The begin of an nginx configuration, `http {` left open. More connections than open files: it cuts some when a sixteenth
 * is left.
 */
export const nginxHead = (folder: string, name: string) => `daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${folder}/${name}.pid;
error_log ${folder}/${name}.log crit;
events { worker_connections 22000; }
http {
access_log off;
keepalive_requests 1000000000;
keepalive_timeout 600s;
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${folder}/${name}-temp;`).join('\n')}
`;
