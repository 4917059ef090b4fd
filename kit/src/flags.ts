import { randomUUID } from 'node:crypto';
import { type Client, type EvaluationContext, OpenFeature } from '@openfeature/server-sdk';
import { currentRequest } from './context.ts';
import { environmentSource } from './flags/environment.ts';
import { type FlagSource, providerOf } from './flags/provider.ts';
import type { Log } from './log.ts';
import { messageOf } from './reason.ts';

/** Whom a flag is asked for: an id, or the id as `targetingKey` among other attributes. */
export type Who = string | EvaluationContext;

/** Somebody was given this value of a flag; for experiments. */
export interface Exposure {
  readonly flag: string;
  readonly value: unknown;
  readonly variant: string | null;
  /** TARGETING_MATCH, SPLIT, STATIC, DEFAULT, ERROR, … */
  readonly reason: string | null;
  /** The targeting key. */
  readonly who: string | null;
}

/** None of them rejects: where there is no value of this type, it is the fallback. */
export interface Flags {
  boolean(name: string, fallback: boolean, who?: Who): Promise<boolean>;
  string(name: string, fallback: string, who?: Who): Promise<string>;
  number(name: string, fallback: number, who?: Who): Promise<number>;
  /** OpenFeature's own client of the same flags, for what the three do not offer. */
  readonly client: Client;
}

export interface FlagOptions {
  /** Address of a server that speaks OFREP (OFREP_URL), without /ofrep/v1. Null: the environment alone decides. */
  readonly url: string | null;
  /** FLAG_NEW_CART is the value of the flag `new-cart`; it also counts while the server cannot be asked. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long the server is waited for, in milliseconds. */
  readonly timeout?: number;
  /** Sent to the server, such as authorization. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly onExposure?: (exposure: Exposure) => void;
}

/** Without `who` a flag is asked for the user of the current request. */
export function createFlags(options: FlagOptions, { log }: { readonly log?: Log } = {}): Flags {
  const environment = environmentSource(options.env);
  const source =
    options.url === null ? environment : withServer({ ...options, url: options.url }, environment, log);
  const domain = `fairway-kit-${randomUUID()}`; // the library has one table of providers for the whole process
  OpenFeature.setProvider(domain, providerOf(source));
  const client = OpenFeature.getClient(domain);
  client.setLogger(quietly(log));
  const { onExposure } = options;
  if (onExposure !== undefined) client.addHooks(exposing(onExposure, log));

  return {
    boolean: (name, fallback, who) => client.getBooleanValue(name, fallback, contextOf(who)),
    string: (name, fallback, who) => client.getStringValue(name, fallback, contextOf(who)),
    number: (name, fallback, who) => client.getNumberValue(name, fallback, contextOf(who)),
    client,
  };
}

function contextOf(who: Who | undefined): EvaluationContext {
  if (typeof who === 'string') return { targetingKey: who };
  if (who !== undefined) return who;
  const { userId, tenantId, clientId } = currentRequest() ?? {};
  return {
    ...(userId !== undefined && { targetingKey: userId }),
    ...(tenantId !== undefined && { tenantId }),
    ...(clientId !== undefined && { clientId }),
  };
}

/** The server first. What it does not know, or does not say in time, the environment says. */
function withServer(
  { url, timeout = 500, headers = {} }: FlagOptions & { readonly url: string },
  environment: FlagSource,
  log: Log | undefined,
): FlagSource {
  let isLost = false;
  let loading: Promise<FlagSource> | null = null;
  const server = () =>
    (loading ??= import('./flags/server.ts').then(({ serverSource }) =>
      serverSource({ url, timeout, headers }),
    ));

  return {
    async find(name, type, who) {
      try {
        const found = await (await server()).find(name, type, who);
        if (isLost) log?.info('flags come from their server again');
        isLost = false;
        return found ?? (await environment.find(name, type, who));
      } catch (reason) {
        if (!isLost) log?.warning('flags come from the environment: their server is away', { reason });
        isLost = true;
        return environment.find(name, type, who);
      }
    },
  };
}

type Finished = NonNullable<Parameters<Client['addHooks']>[0]['finally']>;

/** An experiment that cannot be recorded must not break the request. */
function exposing(onExposure: (exposure: Exposure) => void, log: Log | undefined): { finally: Finished } {
  return {
    finally: ({ flagKey, context }, { value, variant, reason }) => {
      const who = context.targetingKey ?? null;
      try {
        onExposure({ flag: flagKey, value, variant: variant ?? null, reason: reason ?? null, who });
      } catch (failure) {
        log?.warning('an exposure was not recorded', { flag: flagKey, reason: failure });
      }
    },
  };
}

/** The library writes to the console by itself. */
function quietly(log: Log | undefined) {
  const tell = (...parts: unknown[]) => log?.debug(parts.map(messageOf).join(' '));
  return { error: tell, warn: tell, info: tell, debug: tell };
}
