import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { passive, type Running } from './candidates/candidate.ts';
import { checkAnswers } from './check.ts';
import { bodyOf } from './services.ts';

const split = { splits: true, sticks: false };
const cookie = { 'set-cookie': 'lane=c; Path=/' };
let number = 0;
const armInTurn = () => ((number += 1) % 10 === 0 ? 'canary' : 'stable');

test.each<[string, Partial<Running>, RequestListener, RegExp | null]>([
  ['the split is as declared', split, (_, to) => to.end(bodyOf(armInTurn())), null],
  ['nothing comes to the canary', split, (_, to) => to.end(bodyOf('stable')), /^0 of 400 .* canary/],
  ['a split where none is declared', {}, (_, to) => to.end(bodyOf(armInTurn())), /^40 of 400 .* canary/],
  ['another status', split, (_, to) => to.writeHead(502).end(bodyOf('stable')), /^400 of 400 .* wrong/],
  ['another body', split, (_, to) => to.end('ok'), /^400 of 400 .* wrong/],
  [
    'no cookie',
    { splits: true, sticks: true },
    (_, to) => to.end(bodyOf(armInTurn())),
    /gives clients no cookie/,
  ],
  [
    'a cookie that is not looked at',
    { splits: true, sticks: true },
    (_, to) => to.writeHead(200, cookie).end(bodyOf(armInTurn())),
    /did not stay/,
  ],
  [
    'a cookie that counts',
    { splits: true, sticks: true },
    ({ headers }, to) =>
      to.writeHead(200, cookie).end(bodyOf(headers.cookie === 'lane=c' ? 'canary' : armInTurn())),
    null,
  ],
])('%s', async (_, declared, answer, fault) => {
  number = 0;
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const running = { ...passive, port, socketsPort: null, pid: null, splits: false, sticks: false };
  const found = await checkAnswers({ ...running, ...declared });
  if (fault === null) expect(found).toBeNull();
  else expect(found).toMatch(fault);
});
