import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { find, launch, pickPort, untilAnswers } from '../ground.ts';
import type { Services } from '../services.ts';
import { type Candidate, passive } from './candidate.ts';

export const caddy: Candidate = {
  name: 'caddy',
  title: 'Caddy, all processors',
  does: 'weights (9 + 1 upstreams in turn), x-forwarded-for',
  async start(ground, services) {
    const program = find('caddy');
    if (program === null) return 'caddy is not installed';
    const [port, socketsPort] = [await pickPort(), await pickPort()];
    const file = join(ground.folder, 'Caddyfile');
    writeFileSync(file, configuration(port, socketsPort, services));
    const home = { HOME: ground.folder, XDG_DATA_HOME: ground.folder, XDG_CONFIG_HOME: ground.folder };
    const child = launch(ground, program, ['run', '--adapter', 'caddyfile', '--config', file], home);
    if (!(await untilAnswers(port, child))) return 'it did not start';
    return { ...passive, port, socketsPort, pid: child.pid ?? null, splits: true, sticks: false };
  },
};

function configuration(port: number, socketsPort: number, { stable, canary, echo }: Services): string {
  const upstreams = [...Array<number>(9).fill(stable), canary].map((each) => `127.0.0.1:${each}`);
  return `{
  admin off
  auto_https off
  log {
    level ERROR
  }
}
http://127.0.0.1:${port} {
  bind 127.0.0.1
  reverse_proxy ${upstreams.join(' ')} {
    lb_policy round_robin
    transport http {
      keepalive_idle_conns_per_host 256
    }
  }
}
http://127.0.0.1:${socketsPort} {
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:${echo}
}
`;
}
