import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** Pixels of a picture, red, green and blue, row by row. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

/**
 * The same picture with 256 colours at most, a third of the size: pages have few colours but for the edges of letters. Takes what
 * a browser writes: eight bits, RGB or RGBA without transparency, not interlaced.
 */
export function smallPng(png: Buffer): Buffer {
  const { width, height, rgb } = pixelsOf(png);
  const { palette, places } = paletteOf(rgb);
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      rows[y * (width + 1) + 1 + x] = places.get(colourAt(rgb, (y * width + x) * 3)) ?? 0;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8); // eight bits, places in a palette
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  const parts = [
    chunk('IHDR', header),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
  ];
  return Buffer.concat([signature, ...parts, chunk('IEND', Buffer.alloc(0))]);
}

const colourAt = (rgb: Uint8Array, at: number) =>
  ((rgb[at] ?? 0) << 16) | ((rgb[at + 1] ?? 0) << 8) | (rgb[at + 2] ?? 0);

/** Frequent colours stay as they are; a rare one becomes the nearest of them. Each colour has its place in the palette. */
function paletteOf(rgb: Uint8Array): {
  readonly palette: readonly number[];
  readonly places: ReadonlyMap<number, number>;
} {
  const counts = new Map<number, number>();
  for (let at = 0; at < rgb.length; at += 3) {
    const colour = colourAt(rgb, at);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const colours = [...counts].toSorted(([, a], [, b]) => b - a).map(([colour]) => colour);
  let palette: readonly number[] = colours;
  for (let apart = 1; palette.length > 256; apart += 1) palette = colours.reduce(keepApart(apart ** 2), []);
  return { palette, places: new Map(colours.map((colour) => [colour, nearest(palette, colour).place])) };
}

const keepApart = (least: number) => (kept: number[], colour: number) => {
  if (kept.length <= 256 && nearest(kept, colour).distance > least) kept.push(colour);
  return kept;
};

function nearest(
  palette: readonly number[],
  colour: number,
): { readonly place: number; readonly distance: number } {
  let [place, distance] = [0, Number.POSITIVE_INFINITY];
  for (const [index, other] of palette.entries()) {
    const red = (colour >> 16) - (other >> 16);
    const green = ((colour >> 8) & 255) - ((other >> 8) & 255);
    const blue = (colour & 255) - (other & 255);
    const apart = red * red + green * green + blue * blue;
    if (apart < distance) [place, distance] = [index, apart];
    if (distance === 0) break;
  }
  return { place, distance };
}

/** https://www.w3.org/TR/png-3/: chunks of length, name, content, sum; rows that begin with the filter they went through. */
function pixelsOf(png: Buffer): Pixels {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const kind = `${png[24]} bits, colour type ${png[25]}, interlace ${png[28]}`;
  if (!/^8 bits, colour type [26], interlace 0$/.test(kind)) throw new Error(`a PNG of ${kind} is not read`);
  const each = png[25] === 6 ? 4 : 3;
  const content: Buffer[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      content.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const rows = inflateSync(Buffer.concat(content));
  const stride = width * each;
  const rgb = new Uint8Array(width * height * 3);
  let before = new Uint8Array(stride);
  for (let y = 0; y < height; y += 1) {
    const start = y * (stride + 1);
    const row = unfiltered(rows[start] ?? 0, rows.subarray(start + 1, start + 1 + stride), before, each);
    for (let x = 0; x < width; x += 1) rgb.set(row.subarray(x * each, x * each + 3), (y * width + x) * 3);
    before = row;
  }
  return { width, height, rgb };
}

function unfiltered(
  filter: number,
  line: Uint8Array,
  above: Uint8Array,
  each: number,
): Uint8Array<ArrayBuffer> {
  const row = new Uint8Array(line.length);
  for (let index = 0; index < line.length; index += 1) {
    const left = index < each ? 0 : (row[index - each] ?? 0);
    const up = above[index] ?? 0;
    const corner = index < each ? 0 : (above[index - each] ?? 0);
    const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
    row[index] = (line[index] ?? 0) + guess;
  }
  return row;
}

function paeth(left: number, up: number, corner: number): number {
  const [toLeft, toUp] = [Math.abs(up - corner), Math.abs(left - corner)];
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

function chunk(name: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
