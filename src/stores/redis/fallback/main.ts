/**
 * A Redis server in JavaScript for machines without a real one: complete enough for BullMQ, in memory only, slow with
 * long queues. Arguments: `--folder DIR --port N`. The password is the text of DIR/password.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRedisCommandExecutor, RedisServerState, Resp2Server } from 'js-redis-server/core';

const { values } = parseArgs({
  options: { folder: { type: 'string', default: '.' }, port: { type: 'string', default: '0' } },
});
const password = readFileSync(join(values.folder, 'password'), 'utf8').trim();
// An empty password would switch the check off.
if (password === '') throw new Error('the password file is empty');

const { server } = new Resp2Server({
  server: new RedisServerState({ requirepass: password }),
  executor: createRedisCommandExecutor(),
  logger: console,
});
server.once('error', (reason) => {
  console.error(reason.message);
  process.exit(1);
});
// Its own listen() would open the port on every interface.
server.listen({ port: Number(values.port), host: '127.0.0.1' });
process.once('SIGTERM', () => process.exit(0));
