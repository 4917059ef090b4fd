import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { find, launch, pickPort, untilAnswers } from '../ground.ts';
import { nginxHead, type Services } from '../services.ts';
import { type Candidate, passive } from './candidate.ts';

export const nginx: Candidate = {
  name: 'nginx',
  title: 'nginx, 1 worker',
  does: 'weights, x-forwarded-for',
  async start(ground, services) {
    const program = find('nginx');
    if (program === null) return 'nginx is not installed';
    const [port, socketsPort] = [await pickPort(), await pickPort()];
    const file = join(ground.folder, 'proxy.conf');
    const write = (canary: number) =>
      writeFileSync(file, nginxHead(ground.folder, 'proxy') + sites({ port, socketsPort, services, canary }));
    write(10);
    const child = launch(ground, program, ['-p', ground.folder, '-c', file]);
    if (!(await untilAnswers(port, child))) return 'it did not start';
    return {
      ...passive,
      port,
      socketsPort,
      pid: child.pid ?? null,
      splits: true,
      sticks: false,
      async setWeight(canary) {
        write(canary);
        child.kill('SIGHUP'); // it does not tell when the new configuration is in force
      },
    };
  },
};

interface Facts {
  readonly port: number;
  readonly socketsPort: number;
  readonly services: Services;
  readonly canary: number;
}

const sites = ({ port, socketsPort, services, canary }: Facts) => `
upstream services {
  server 127.0.0.1:${services.stable} weight=${100 - canary};
  server 127.0.0.1:${services.canary} weight=${canary};
  keepalive 256; keepalive_requests 1000000000;
}
server { listen 127.0.0.1:${port} backlog=1024; location / {
  proxy_pass http://services; proxy_http_version 1.1; proxy_set_header Connection "";
  proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
} }
server { listen 127.0.0.1:${socketsPort} backlog=1024; location / {
  proxy_pass http://127.0.0.1:${services.echo}; proxy_http_version 1.1; proxy_read_timeout 600s;
  proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
} }
}
`;
