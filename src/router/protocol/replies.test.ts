import { request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../testing/place.ts';
import { converse, type Recorder, startRecorder } from './testing/recorder.ts';
import { type HostileReply, replies } from './testing/replies.ts';
import { type Stand, startStand } from './testing/stand.ts';

let [stand, replica, reply]: [Stand, Recorder, HostileReply | null] = [] as never;
/** The connection on which the hostile answer was given. */
let used: Socket | null = null;

beforeAll(async () => {
  replica = await startRecorder((socket, { line }) => {
    // What follows a hostile answer is asked for by its own name, and must be answered by nothing else.
    const next = /^\w+ (\/next-\d+) /.exec(line)?.[1];
    if (next !== undefined) {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${next.length}\r\n\r\n${next}`);
      return;
    }
    used = socket;
    void (async () => {
      for (const part of reply?.parts ?? []) {
        socket.write(Buffer.from(part, 'latin1'));
        await delay(10);
      }
      if (reply?.closes === true) socket.end();
    })();
  });
  stand = await startStand([replica.port]);
});
afterAll(async () => {
  await stand.close();
  await replica.close();
});

interface Got {
  readonly status: number;
  readonly text: string;
  readonly head: string;
  readonly isWhole: boolean;
}

function ask(path: string, method = 'GET'): Promise<Got> {
  return new Promise((resolve) => {
    const asking = httpRequest(
      { host: '127.0.0.1', port: stand.port, path, method, agent: false },
      (answer) => {
        let text = '';
        const { rawHeaders: raw } = answer;
        const head = raw
          .map((part, at) => (at % 2 === 0 ? `${part.toLowerCase()}: ${raw[at + 1] ?? ''}\n` : ''))
          .join('');
        const done = () => resolve({ status: answer.statusCode ?? 0, text, head, isWhole: answer.complete });
        answer.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
        answer.on('error', () => undefined).on('close', done);
      },
    );
    asking.on('error', () => resolve({ status: 0, text: '', head: '', isWhole: false }));
    asking.end();
  });
}

test.each(replies)('$name', async (present) => {
  reply = present;
  const { gives, text, method, noFields = [] } = present;
  const got = await ask('/', method);
  if (gives === 'aborted') expect(got, 'a part never looks like the whole').toMatchObject({ isWhole: false });
  else {
    expect(typeof gives === 'number' ? [gives] : gives).toContain(got.status);
    expect(got.isWhole).toBe(true);
    if (text !== undefined && got.status < 500) expect(got.text).toBe(text);
  }
  expect(got.text).not.toContain('poison');
  for (const field of noFields) expect(got.head).not.toContain(field);
  // What comes only when the next request is out, nobody can tell from its answer.
  if (present.isSpoilt === true) await until(() => used?.destroyed);
  // Whatever is left of it answers nobody else.
  for (let each = 0; each < 3; each += 1)
    expect(await ask(`/next-${each}`)).toMatchObject({ status: 200, text: `/next-${each}`, isWhole: true });
  expect(stand.open()).toBe(0);
});

test('an answer that breaks off closes the connection, whatever the caller still wants of it', async () => {
  reply = {
    name: '',
    parts: ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'],
    closes: true,
    gives: 'aborted',
  };
  const lines = 'GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /next-1 HTTP/1.1\r\nHost: x\r\n\r\n';
  const { text, isClosed } = await converse(stand.port, lines);
  expect(isClosed).toBe(true);
  expect(text).toMatch(/half$/);
});
