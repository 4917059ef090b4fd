/** What of an answer is told as it is read. Bodies are views of a buffer that is used again: copy what is kept. */
export interface AnswerSink {
  /** Names and values in turn, as they came, without those that frame the body. */
  onHead(head: AnswerHead): void;
  onBody(part: Buffer): void;
  onEnd(): void;
}

export interface AnswerHead {
  readonly status: number;
  readonly message: string;
  /** Names and values in turn, as they came. */
  readonly headers: string[];
  /** Bytes of the body; −1: its end is found otherwise. */
  readonly length: number;
}

/** The other side did not speak HTTP/1 as RFC 9112 has it: nothing of what it says can be relied on. */
export class AnswerBroken extends Error {}

type State = 'head' | 'fixed' | 'untilClose' | 'chunkSize' | 'chunk' | 'chunkEnd' | 'trailer' | 'done';

const [largestHead, largestLine] = [65_536, 4_096];

/** Reads one answer after the other from a connection. Strict: what two readers could take differently is an error. */
export class AnswerParser {
  /** The connection may carry another request once this answer is read. */
  isKept = true;
  /** Milliseconds for which the other side says to keep an idle connection; null: it says nothing. */
  keepMillis: number | null = null;
  #state: State = 'done';
  #isHead = false;
  #left = 0;
  /** The beginning of a head or line whose end has not come. */
  #rest: Buffer | null = null;
  readonly #sink: AnswerSink;

  constructor(sink: AnswerSink) {
    this.#sink = sink;
  }

  /** A request was sent; `isHead`: the answer has no body whatever it says. */
  expect(isHead: boolean): void {
    this.#state = 'head';
    this.#isHead = isHead;
    this.isKept = true;
    this.keepMillis = null;
  }

  /** Reads on. Throws `AnswerBroken`. */
  read(chunk: Buffer): void {
    let data = chunk;
    if (this.#rest !== null) {
      data = Buffer.concat([this.#rest, chunk]);
      this.#rest = null;
    }
    let at = 0;
    while (at < data.length) {
      const next = this.#step(data, at);
      if (next < 0) {
        this.#keep(data, at);
        return;
      }
      at = next;
    }
  }

  /** The other side will send no more. Throws `AnswerBroken` where the answer is not whole. */
  close(): void {
    if (this.#state === 'untilClose') this.#end();
    else if (this.#state !== 'done')
      throw new AnswerBroken('the connection was closed before the answer was whole');
  }

  /** Where it goes on; −1: more has to come first. */
  #step(data: Buffer, at: number): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(data, at);
      case 'fixed':
      case 'chunk': {
        const end = Math.min(data.length, at + this.#left);
        this.#left -= end - at;
        this.#sink.onBody(at === 0 && end === data.length ? data : data.subarray(at, end));
        if (this.#left === 0) {
          if (this.#state === 'fixed') this.#end();
          else this.#state = 'chunkEnd';
        }
        return end;
      }
      case 'untilClose':
        this.#sink.onBody(at === 0 ? data : data.subarray(at));
        return data.length;
      case 'chunkSize':
      case 'chunkEnd':
      case 'trailer':
        return this.#readLine(data, at);
      case 'done':
        throw new AnswerBroken('there is more than was asked for');
    }
  }

  #readHead(data: Buffer, at: number): number {
    const end = data.indexOf('\r\n\r\n', at, 'latin1');
    if (end === -1) return -1;
    const text = data.toString('latin1', at, end);
    const statusEnd = text.indexOf('\r\n');
    const line = statusEnd === -1 ? text : text.slice(0, statusEnd);
    const status = statusOf(line);
    const framing = new Framing(line.charCodeAt(7) === 49);
    const headers = statusEnd === -1 ? [] : readFields(text, statusEnd + 2, framing);
    const next = end + 4;
    if (status < 200) {
      // We ask for neither. Others (103) are hints that are not passed on.
      if (status <= 101) throw new AnswerBroken('it answers to what it was not asked');
      return next;
    }
    this.isKept = framing.isKept;
    this.keepMillis = framing.keepMillis;
    const hasNone = this.#isHead || status === 204 || status === 304;
    if (framing.isChunked && framing.length >= 0) throw new AnswerBroken('it has both a length and a coding');
    this.#left = hasNone ? 0 : Math.max(0, framing.length);
    this.#state = hasNone
      ? 'fixed'
      : framing.isChunked
        ? 'chunkSize'
        : framing.length >= 0
          ? 'fixed'
          : 'untilClose';
    if (this.#state === 'untilClose') this.isKept = false;
    this.#sink.onHead({ status, message: line.slice(13), headers, length: hasNone ? 0 : framing.length });
    if (this.#state === 'fixed' && this.#left === 0) this.#end();
    return next;
  }

  /** RFC 9112, section 7.1. */
  #readLine(data: Buffer, at: number): number {
    const end = data.indexOf('\r\n', at, 'latin1');
    if (end === -1) return -1;
    const line = data.toString('latin1', at, end);
    if (this.#state === 'chunkEnd') {
      if (line !== '') throw new AnswerBroken('a part of the body is longer than it said');
      this.#state = 'chunkSize';
    } else if (this.#state === 'trailer') {
      if (line === '') this.#end();
      else if (!fieldLine.test(line)) throw new AnswerBroken('a field behind the body cannot be read');
    } else {
      const [, size] = /^([0-9a-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i.exec(line) ?? [];
      if (size === undefined) throw new AnswerBroken('the size of a part of the body cannot be read');
      this.#left = Number.parseInt(size, 16);
      this.#state = this.#left === 0 ? 'trailer' : 'chunk';
    }
    return end + 2;
  }

  #keep(data: Buffer, at: number): void {
    if (data.length - at > (this.#state === 'head' ? largestHead : largestLine))
      throw new AnswerBroken('its head is too large');
    this.#rest = Buffer.from(data.subarray(at)); // copied: the buffer is used again
  }

  #end(): void {
    this.#state = 'done';
    this.#sink.onEnd();
  }
}

function statusOf(line: string): number {
  const found = /^HTTP\/1\.[01] ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/.exec(line);
  if (found === null) throw new AnswerBroken('the first line is none of an answer');
  return Number(found[1]);
}

/** What the fields of a head say of where its body ends and of the connection. */
class Framing {
  length = -1;
  isChunked = false;
  isKept: boolean;
  keepMillis: number | null = null;

  constructor(isVersion11: boolean) {
    this.isKept = isVersion11;
  }

  field(name: string, value: string): void {
    switch (name.length) {
      case 10:
        if (isNamed(name, 'connection')) this.#connection(value.toLowerCase());
        else if (isNamed(name, 'keep-alive')) {
          const [, timeout] = /timeout=(\d{1,6})/.exec(value) ?? [];
          if (timeout !== undefined) this.keepMillis = Number(timeout) * 1_000;
        }
        return;
      case 14:
        if (!isNamed(name, 'content-length')) return;
        if (!/^\d{1,15}$/.test(value) || this.length >= 0)
          throw new AnswerBroken('its length cannot be read');
        this.length = Number(value);
        return;
      case 17:
        if (!isNamed(name, 'transfer-encoding')) return;
        if (this.isChunked || value.toLowerCase() !== 'chunked')
          throw new AnswerBroken('its coding is not known');
        this.isChunked = true;
        return;
      default:
    }
  }

  #connection(value: string): void {
    for (const option of value.split(',')) {
      const name = trimmed(option);
      if (name === 'close') this.isKept = false;
      else if (name === 'keep-alive') this.isKept = true;
    }
  }
}

const isNamed = (name: string, wanted: string) => name === wanted || name.toLowerCase() === wanted;

/** Field lines from `at` on (RFC 9112, section 5); lines that continue the one before are refused. */
function readFields(text: string, at: number, framing: Framing): string[] {
  const fields: string[] = [];
  let from = at;
  while (from < text.length) {
    let end = text.indexOf('\r\n', from);
    if (end === -1) end = text.length;
    const colon = text.indexOf(':', from);
    if (colon === -1 || colon >= end) throw new AnswerBroken('a field has no name');
    const name = text.slice(from, colon);
    const value = trimmed(text.slice(colon + 1, end));
    if (!fieldName.test(name) || notInValues.test(value)) throw new AnswerBroken('a field cannot be read');
    framing.field(name, value);
    fields.push(name, value);
    from = end + 2;
  }
  return fields;
}

const fieldLine = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/;
export const fieldName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
export const notInValues = /[^\t\x20-\x7e\x80-\xff]/;

/** RFC 9110, 5.6.3: around a value stand spaces and tabs. `trim` would take away what makes it a different value. */
const trimmed = (text: string) => text.replace(/^[\t ]+|[\t ]+$/g, '');
