/** One environment variable: its name, whether it must never be shown, and how it is read. */
export interface Setting<T> {
  readonly name: string;
  readonly secret: boolean;
  /** Undefined when the variable is missing or empty. Gives the value, or a sentence that completes `NAME …`. */
  readonly read: (text: string | undefined) => { readonly value: T } | { readonly problem: string };
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;
export type Values<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

/** Reads all settings, or gives one sentence for each that is wrong. Values never stand in a sentence. */
export function readSettings<S extends Settings>(
  settings: S,
  env: NodeJS.ProcessEnv,
): { values: Values<S>; secrets: string[] } | { problems: string[] } {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  const secrets: string[] = [];
  for (const [key, setting] of Object.entries(settings)) {
    const text = env[setting.name] === '' ? undefined : env[setting.name];
    const result = setting.read(text);
    if ('problem' in result) problems.push(`${setting.name} ${result.problem}.`);
    else values[key] = result.value;
    if (setting.secret && text !== undefined) secrets.push(text);
  }
  return problems.length > 0 ? { problems } : { values: values as Values<S>, secrets };
}

const missing = { problem: 'is not set' } as const;

export function text<T extends string | null = string>(name: string, fallback?: T): Setting<string | T> {
  return {
    name,
    secret: false,
    read: (given) =>
      given !== undefined ? { value: given } : fallback === undefined ? missing : { value: fallback },
  };
}

/** At least 16 characters: a short key is a mistake. */
export function secret(name: string): Setting<string> {
  return { name, secret: true, read: (given) => (given === undefined ? missing : longEnough(given)) };
}

export function optionalSecret(name: string): Setting<string | null> {
  return { name, secret: true, read: (given) => (given === undefined ? { value: null } : longEnough(given)) };
}

const longEnough = (given: string) =>
  given.length < 16 ? { problem: 'has fewer than 16 characters' } : { value: given };

/** An address; shown nowhere, because it may hold a password. */
export function url(name: string, protocols: readonly string[]): Setting<string> {
  const isOne = (given: string) => URL.canParse(given) && protocols.includes(new URL(given).protocol);
  const problem = `is no address that begins with ${protocols.map((each) => `${each}//`).join(' or ')}`;
  return {
    name,
    secret: protocols.every((protocol) => !protocol.startsWith('http')),
    read: (given) => (given === undefined ? missing : isOne(given) ? { value: given } : { problem }),
  };
}

/** A whole number. */
export function count(
  name: string,
  range: { least: number; most: number; fallback?: number },
): Setting<number> {
  return numeric(name, range, Number.isSafeInteger, 'a whole number');
}

/** A number from 0 to 1. */
export function share(name: string, fallback: number): Setting<number> {
  return numeric(name, { least: 0, most: 1, fallback }, Number.isFinite, 'a number');
}

function numeric(
  name: string,
  { least, most, fallback }: { least: number; most: number; fallback?: number },
  isOne: (value: number) => boolean,
  kind: string,
): Setting<number> {
  return {
    name,
    secret: false,
    read: (given) => {
      if (given === undefined) return fallback === undefined ? missing : { value: fallback };
      const value = Number(given);
      const isGood = isOne(value) && value >= least && value <= most;
      return isGood ? { value } : { problem: `is not ${kind} from ${least} to ${most}` };
    },
  };
}

export function flag(name: string, fallback: boolean): Setting<boolean> {
  return {
    name,
    secret: false,
    read: (given) => {
      if (given === undefined) return { value: fallback };
      return given === 'true' || given === 'false'
        ? { value: given === 'true' }
        : { problem: 'is neither true nor false' };
    },
  };
}

export const postgresProtocols = ['postgres:', 'postgresql:'] as const;
export const redisProtocols = ['redis:', 'rediss:'] as const;
export const httpProtocols = ['http:', 'https:'] as const;

/** What every service is told by the platform. */
export const serviceSettings = {
  port: count('PORT', { least: 0, most: 65_535 }),
  host: text('HOST', '127.0.0.1'),
  revision: text('FAIRWAY_REVISION', 'none'),
  version: text('APP_VERSION', '1'),
  logLevel: text('LOG_LEVEL', 'info'),
  graceMillis: count('SHUTDOWN_GRACE_MILLIS', { least: 0, most: 600_000, fallback: 8_000 }),
} as const;

/** How the demonstration makes a bad version. Off unless set. */
export const faultSettings = {
  faultErrorShare: share('FAULT_ERROR_SHARE', 0),
  faultDelayMillis: count('FAULT_DELAY_MILLIS', { least: 0, most: 60_000, fallback: 0 }),
  faultSeed: count('FAULT_SEED', { least: 0, most: 4_294_967_295, fallback: 0 }),
} as const;

/** Flags stand on their safest side unless the platform says otherwise. */
export const flagSettings = {
  heuristicsOnly: flag('FLAG_HEURISTICS_ONLY', true),
  vendorFallback: flag('FLAG_FEATURE_VENDOR_FALLBACK', false),
  binance: flag('FLAG_FEATURE_BINANCE', false),
} as const;
