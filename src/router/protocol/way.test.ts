import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { message } from './testing/hostile.ts';
import { converse, type Recorder, startRecorder } from './testing/recorder.ts';
import { type Stand, startStand } from './testing/stand.ts';

let replica: Recorder;
const stands: Stand[] = [];
beforeAll(async () => {
  replica = await startRecorder();
});
beforeEach(() => replica.reset());
afterAll(async () => {
  for (const stand of stands) await stand.close();
  await replica.close();
});

/** What the replica is told of the way of a request with these fields. */
async function wayOf(
  trusted: readonly string[],
  ...fields: readonly string[]
): Promise<Record<string, string>> {
  const stand = await startStand([replica.port], { trusted });
  stands.push(stand);
  const hosts = fields.some((field) => field.startsWith('Host:')) ? [] : ['Host: shop.example'];
  await converse(stand.port, message('GET / HTTP/1.1', ...hosts, 'Connection: close', ...fields, '', ''));
  const pairs = (replica.received()[0]?.fields ?? []).map((field): [string, string] => {
    const colon = field.indexOf(': ');
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 2)];
  });
  const way = pairs.filter(([name]) => name === 'forwarded' || name.startsWith('x-forwarded-'));
  expect(new Set(way.map(([name]) => name)).size, 'each field stands once').toBe(way.length);
  return Object.fromEntries(way);
}

describe('the way a request came', () => {
  const own = {
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'shop.example',
    'x-forwarded-port': '80',
    forwarded: 'for=127.0.0.1;host=shop.example;proto=http',
  };
  const claims = [
    'X-Forwarded-For: 6.6.6.6, 10.0.0.1',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: front.example:8443',
    'X-Forwarded-Port: 8443',
    'Forwarded: for=6.6.6.6;proto=https, for=10.0.0.1',
  ];

  test.each([
    ['nobody is trusted', []],
    ['others are trusted', ['10.0.0.0/8', '127.0.0.2', '::1']],
  ])('is told by the router alone when %s', async (_, trusted) => {
    expect(await wayOf(trusted, ...claims)).toEqual(own);
  });

  test.each([['127.0.0.1'], ['127.0.0.0/8'], ['10.0.0.1', '0.0.0.0/0']])(
    'is continued when the neighbour is trusted: %s',
    async (...trusted) => {
      expect(await wayOf(trusted, ...claims)).toEqual({
        'x-forwarded-for': '6.6.6.6, 10.0.0.1, 127.0.0.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'front.example:8443',
        'x-forwarded-port': '8443',
        forwarded:
          'for=6.6.6.6;proto=https, for=10.0.0.1, for=127.0.0.1;host="front.example:8443";proto=https',
      });
    },
  );

  test('is continued in both languages when the neighbour speaks one', async () => {
    expect(await wayOf(['127.0.0.1'], 'X-Forwarded-For: 6.6.6.6, ::2, nonsense')).toMatchObject({
      'x-forwarded-for': '6.6.6.6, ::2, nonsense, 127.0.0.1',
      forwarded: 'for=6.6.6.6, for="[::2]", for=unknown, for=127.0.0.1;host=shop.example;proto=http',
    });
    replica.reset();
    const forwarded = 'Forwarded: For="[2001:db8::1]:4711";proto=https, by=x;for=6.6.6.6:80';
    expect(await wayOf(['127.0.0.1'], forwarded)).toMatchObject({
      'x-forwarded-for': '2001:db8::1, 6.6.6.6, 127.0.0.1',
    });
  });

  test('is not continued with what is no protocol, no host and no port', async () => {
    const nonsense = ['X-Forwarded-Proto: gopher', 'X-Forwarded-Host: a b', 'X-Forwarded-Port: 80; x'];
    expect(await wayOf(['127.0.0.1'], ...nonsense)).toEqual(own);
  });

  test('is told of several fields of one name as of one', async () => {
    const way = await wayOf(['127.0.0.1'], 'X-Forwarded-For: 6.6.6.6', 'X-Forwarded-For: 10.0.0.1');
    expect(way['x-forwarded-for']).toBe('6.6.6.6, 10.0.0.1, 127.0.0.1');
  });

  test.each([
    ['shop.example:8080', '8080', 'for=127.0.0.1;host="shop.example:8080";proto=http'],
    ['[::1]:3000', '3000', 'for=127.0.0.1;host="[::1]:3000";proto=http'],
    ['[::1]', '80', 'for=127.0.0.1;host="[::1]";proto=http'],
  ])('names the host %s', async (host, port, forwarded) => {
    expect(await wayOf([], `Host: ${host}`)).toMatchObject({
      'x-forwarded-host': host,
      'x-forwarded-port': port,
      forwarded,
    });
  });
});
