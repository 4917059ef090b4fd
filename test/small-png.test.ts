import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { smallPng } from './small-png.ts';

const chunk = (name: string, content: Buffer) => {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
};

/** A picture three pixels wide with rows of RGB, each after the filter that is named by its first byte. */
function pngOf(rows: readonly (readonly number[])[]): Buffer {
  const header = Buffer.from([0, 0, 0, 3, 0, 0, 0, rows.length, 8, 2, 0, 0, 0]);
  const content = chunk('IDAT', deflateSync(Buffer.from(rows.flat())));
  return Buffer.concat([Buffer.alloc(8), chunk('IHDR', header), content, chunk('IEND', Buffer.alloc(0))]);
}

function contentOf(png: Buffer, name: string): Buffer {
  const at = png.indexOf(name, 0, 'latin1');
  return png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4));
}

test('a picture of few colours keeps each of them, whatever filters its rows went through', () => {
  const red = [200, 10, 20];
  const png = pngOf([
    [0, ...red, ...red, 0, 0, 0],
    [1, ...red, 0, 0, 0, 56, 246, 236], // left: red, red, and red plus what overflows to 0, 0, 0
    [2, 0, 0, 0, 0, 0, 0, 0, 0, 0], // up: the same again
    [3, 100, 5, 10, 0, 0, 0, 156, 251, 246], // average of left and up
    [4, 0, 0, 0, 0, 0, 0, 0, 0, 0], // whichever of three is nearest
  ]);
  const small = smallPng(png);
  const palette = contentOf(small, 'PLTE');
  const rows = inflateSync(contentOf(small, 'IDAT'));
  const colours = [...rows].map((place, index) =>
    index % 4 === 0 ? '|' : palette.subarray(place * 3, place * 3 + 3).toString('hex'),
  );
  const row = ['|', 'c80a14', 'c80a14', '000000'];
  expect(colours.slice(0, 12)).toEqual([...row, ...row, ...row]);
  expect(colours.slice(12, 15)).toEqual(row.slice(0, 3));
});

test('of many colours the frequent one stays as it is, and a rare one is near to what it was', () => {
  const many = Array.from({ length: 250 }, (_, index) => [
    0,
    ...[9, 9, 9],
    ...[250 - index, (index * 3) % 256, 255 - ((index * 7) % 256)],
    ...[index % 256, index % 200, (index * 7) % 256],
  ]);
  const small = smallPng(pngOf(many));
  const palette = contentOf(small, 'PLTE');
  expect(palette.length).toBeLessThanOrEqual(256 * 3);
  const rows = inflateSync(contentOf(small, 'IDAT'));
  many.forEach(([, ...row], y) => {
    const shown = [1, 2, 3].flatMap((x) => {
      const place = rows[y * 4 + x] ?? 0;
      return [...palette.subarray(place * 3, place * 3 + 3)];
    });
    expect(shown.slice(0, 3)).toEqual(row.slice(0, 3));
    expect(Math.max(...shown.map((value, index) => Math.abs(value - (row[index] ?? 0))))).toBeLessThan(24);
  });
});

test('a picture of another kind is refused, not read wrongly', () => {
  const grey = Buffer.from(pngOf([[0, 0, 0, 0]]));
  grey[25] = 0;
  expect(() => smallPng(grey)).toThrow('colour type 0');
});
