import { Decrypter, Encrypter } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { decrypted, encrypted } from './age-stream.ts';
import { inPieces, makeKey, readAll, someBytes } from './testing/place.ts';

const KEY = await makeKey();
const CHUNK = 65_536;
/** The tag behind each chunk. */
const TAG = 16;

describe.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 1_000_001])('%i bytes', (length) => {
  const bytes = someBytes(length);

  it('are opened by the library when they were encrypted here', async () => {
    const file = await readAll(encrypted(inPieces(bytes, 10_000), KEY));
    const decrypter = new Decrypter();
    decrypter.addIdentity(KEY.identity);
    expect(bytes.equals(await decrypter.decrypt(file))).toBe(true);
  });

  it('are opened here when the library has encrypted them, for others too', async () => {
    const encrypter = new Encrypter();
    for (const { recipient } of [await makeKey(), KEY, await makeKey()]) encrypter.addRecipient(recipient);
    const file = await encrypter.encrypt(bytes);
    expect((await readAll(decrypted(inPieces(file, 7_777), KEY))).equals(bytes)).toBe(true);
  });
});

it('a file that is cut behind a whole chunk does not pass for a shorter one', async () => {
  const file = await readAll(encrypted(inPieces(someBytes(3 * CHUNK), CHUNK), KEY));
  for (const chunks of [1, 2]) {
    const cut = file.subarray(0, file.length - chunks * (CHUNK + TAG));
    await expect(readAll(decrypted(inPieces(cut, CHUNK), KEY))).rejects.toThrow('cut short');
  }
});

it('each file has a key of its own', async () => {
  const files = [1, 2].map(() => readAll(encrypted(inPieces(Buffer.from('x'), 1), KEY)));
  const [first, second] = await Promise.all(files);
  expect(first?.equals(second ?? Buffer.alloc(0))).toBe(false);
});

it('what has no header of age is not searched to its end', async () => {
  let taken = 0;
  const endless = async function* () {
    for (; taken < 100; taken += 1) yield new Uint8Array(10_000);
  };
  await expect(readAll(decrypted(endless(), KEY))).rejects.toThrow('it has no header of an age file');
  expect(taken).toBeLessThan(10);
});
