import { createRequire } from 'node:module';
import { join } from 'node:path';
import { launch, pickPort, untilAnswers } from '../ground.ts';
import { type Candidate, passive } from './candidate.ts';

const program = join(import.meta.dirname, '..', 'programs', 'package-proxy.ts');

export const httpProxy3 = packageProxy({
  name: 'http-proxy-3',
  resolve: (require) => require.resolve('http-proxy-3'),
  sockets: true,
});
export const fastProxy = packageProxy({
  name: 'fast-proxy',
  resolve: (require) => require.resolve('fast-proxy'),
  sockets: false,
});

/** An npm package with a smooth weighted choice before it, and nothing else. */
function packageProxy({
  name,
  resolve,
  sockets,
}: {
  readonly name: string;
  readonly resolve: (require: NodeJS.Require) => string;
  readonly sockets: boolean;
}): Candidate {
  return {
    name,
    title: name,
    does: 'weights',
    async start(ground, services) {
      const file = findPackage(resolve);
      if (file === null) return `the package ${name} is not installed`;
      const [port, socketsPort] = [await pickPort(), sockets ? await pickPort() : null];
      const facts = { name, file, port, socketsPort, services };
      const child = launch(ground, process.execPath, [program, JSON.stringify(facts)]);
      if (!(await untilAnswers(port, child))) return 'it did not start';
      return { ...passive, port, socketsPort, pid: child.pid ?? null, splits: true, sticks: false };
    },
  };
}

/** In the project's packages, or in a folder named by FAIRWAY_BENCH_PACKAGES. */
function findPackage(resolve: (require: NodeJS.Require) => string): string | null {
  const folders = [import.meta.dirname, process.env['FAIRWAY_BENCH_PACKAGES'] ?? ''];
  for (const folder of folders.filter((each) => each !== '')) {
    try {
      return resolve(createRequire(join(folder, 'here.js')));
    } catch {
      // not in this folder
    }
  }
  return null;
}
