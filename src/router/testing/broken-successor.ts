/** A program for upgrades that go wrong: the file `break-at` of its folder says where. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isUpgradeMessage } from '../upgrade/messages.ts';

const folder = process.argv[process.argv.indexOf('--state-folder') + 1] ?? '';
const breakAt = readFileSync(join(folder, 'break-at'), 'utf8');

if (breakAt === 'start') process.exit(7);
if (breakAt !== 'old')
  process.on('message', (message) => {
    if (!isUpgradeMessage(message)) return;
    if (message.upgrade === breakAt) process.exit(7);
    if (message.upgrade === 'facts') process.send?.({ upgrade: 'ready' });
  });
if (breakAt === 'old') {
  const old = process.ppid;
  void import('../main.ts');
  const waiting = setInterval(() => {
    if (process.listenerCount('message') === 0) return; // it does not listen to the old process yet
    clearInterval(waiting);
    process.kill(old, 'SIGKILL');
  }, 1);
}
