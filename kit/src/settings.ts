import type { z } from 'zod';

/** One variable: its name, whether its value must never be shown, and how its text is read. */
export interface Setting<T> {
  readonly name: string;
  readonly secret: boolean;
  /** `given` is undefined when the variable is missing or empty. `write` tells what has to stand there instead. */
  readonly read: (given: string | undefined) => { readonly value: T } | { readonly write: string };
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;
export type Values<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

/** A variable that a schema of Zod reads: it gets the text, or undefined. What it says is wrong completes "write …". */
export function setting<T>(
  name: string,
  schema: z.ZodType<T>,
  { secret = false }: { readonly secret?: boolean } = {},
): Setting<T> {
  return {
    name,
    secret,
    read(given) {
      const parsed = schema.safeParse(given);
      if (parsed.success) return { value: parsed.data };
      const said = parsed.error.issues.map(({ message }) => message).join('; ');
      return { write: `what is expected (${said})` };
    },
  };
}

export function text<T extends string = string>(name: string): Setting<T>;
export function text<T extends string | null>(name: string, fallback: T): Setting<string | T>;
export function text(name: string, fallback?: string | null): Setting<string | null> {
  return plain<string | null>(name, 'a text', (given) => given, fallback);
}

const shortestSecret = 16;

/** A key or password that has to be there. At least 16 characters: a shorter one is a mistake. */
export function secret(name: string): Setting<string> {
  return { ...plain(name, `at least ${shortestSecret} characters`, longEnough), secret: true };
}

export function optionalSecret(name: string): Setting<string | null> {
  return {
    ...plain<string | null>(name, `at least ${shortestSecret} characters`, longEnough, null),
    secret: true,
  };
}

const longEnough = (given: string) => (given.length < shortestSecret ? undefined : given);

/** An address. Those of databases count as secrets, because they hold a password. */
export function url<T extends string = string>(name: string, protocols: readonly string[]): Setting<T>;
export function url<T extends string | null>(
  name: string,
  protocols: readonly string[],
  fallback: T,
): Setting<string | T>;
export function url(
  name: string,
  protocols: readonly string[],
  fallback?: string | null,
): Setting<string | null> {
  const expects = `an address that begins with ${protocols.map((each) => `${each}//`).join(' or ')}`;
  const isOne = (given: string) => URL.canParse(given) && protocols.includes(new URL(given).protocol);
  return {
    ...plain<string | null>(name, expects, (given) => (isOne(given) ? given : undefined), fallback),
    secret: protocols.every((protocol) => !protocol.startsWith('http')),
  };
}

export const postgresProtocols = ['postgres:', 'postgresql:'] as const;
export const redisProtocols = ['redis:', 'rediss:'] as const;
export const httpProtocols = ['http:', 'https:'] as const;

/** A whole number. */
export function count(
  name: string,
  { least, most, fallback }: { readonly least: number; readonly most: number; readonly fallback?: number },
): Setting<number> {
  return numeric(name, `a whole number from ${least} to ${most}`, Number.isSafeInteger, {
    least,
    most,
    fallback,
  });
}

/** A number from 0 to 1. */
export function share(name: string, fallback?: number): Setting<number> {
  return numeric(name, 'a number from 0 to 1', Number.isFinite, { least: 0, most: 1, fallback });
}

function numeric(
  name: string,
  expects: string,
  isOne: (value: number) => boolean,
  range: { readonly least: number; readonly most: number; readonly fallback: number | undefined },
): Setting<number> {
  const read = (given: string) => {
    const value = given.trim() === '' ? Number.NaN : Number(given);
    return isOne(value) && value >= range.least && value <= range.most ? value : undefined;
  };
  return plain(name, expects, read, range.fallback);
}

export function flag(name: string, fallback?: boolean): Setting<boolean> {
  const read = (given: string) => (given === 'true' || given === 'false' ? given === 'true' : undefined);
  return plain(name, 'true or false', read, fallback);
}

export function choice<const T extends string>(name: string, values: readonly T[], fallback?: T): Setting<T> {
  const read = (given: string) => values.find((value) => value === given);
  return plain<T>(name, `one of ${values.join(', ')}`, read, fallback);
}

const milliseconds: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds, written with their unit: 500ms, 30s, 5m, 24h, 7d. A bare number is milliseconds. */
export function duration(name: string, fallback?: number): Setting<number> {
  const read = (given: string) => {
    const [, amount = '', unit = 'ms'] = /^(\d{1,12})(ms|s|m|h|d)?$/.exec(given) ?? [];
    return amount === '' ? undefined : Number(amount) * (milliseconds[unit] ?? 1);
  };
  return plain(name, 'a time such as 500ms, 30s, 5m, 24h or 7d', read, fallback);
}

/** The same, but null when the variable is missing. */
export function optional<T>(inner: Setting<T>): Setting<T | null> {
  return { ...inner, read: (given) => (given === undefined ? { value: null } : inner.read(given)) };
}

function plain<T>(
  name: string,
  expects: string,
  read: (given: string) => T | undefined,
  fallback?: T,
): Setting<T> {
  return {
    name,
    secret: false,
    read(given) {
      const value = given === undefined ? fallback : read(given);
      return value === undefined ? { write: expects } : { value };
    },
  };
}
