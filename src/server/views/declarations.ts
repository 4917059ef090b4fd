import type { Environment } from '#core/system';
import { type Clock, millis, type Instant } from '#kernel';
import type { ViewsOptions } from './options.ts';

/** An environment as the definition has it. */
export interface Declaration {
  readonly name: string;
  /** null: the definition cannot be used now, and never could since the control plane was started. */
  readonly environment: Environment | null;
  /** Why it is not run from here; null: it is. */
  readonly absent: string | null;
  /** What is wrong with the definition now; null: nothing. */
  readonly trouble: string | null;
}

export interface Declarations {
  /** In the order of their declaration. */
  all(): Promise<readonly Declaration[]>;
  /** null: there is none of this name. */
  of(environment: string): Promise<Declaration | null>;
}

/** Pages ask often, and each environment is read from files. */
const fresh = millis(2_000);

/**
 * Reads what is declared. A definition that cannot be used at the moment, because somebody is writing it, hides nothing:
 * what it said before is kept, with a word about it.
 */
export function createDeclarations(options: ViewsOptions): Declarations {
  const { clock, engine, environments } = options;
  const last = new Map<string, Declaration>();
  let order: readonly string[] = [];
  let read: { readonly at: Instant; readonly all: Promise<readonly Declaration[]> } | null = null;

  async function readAll(): Promise<readonly Declaration[]> {
    const names = await environments();
    if (names.length > 0) order = names;
    else if (order.length === 0) order = engine.known();
    const all = await Promise.all(order.map((name) => readOne(options, name, last.get(name))));
    for (const declaration of all) last.set(declaration.name, declaration);
    return all;
  }

  function all(): Promise<readonly Declaration[]> {
    if (read !== null && isFresh(clock, read.at)) return read.all;
    const begun = readAll();
    read = { at: clock.now(), all: begun };
    begun.catch(() => (read = null)); // the next one who asks tries again
    return begun;
  }

  return { all, of: async (environment) => (await all()).find(({ name }) => name === environment) ?? null };
}

function isFresh(clock: Clock, at: Instant): boolean {
  const age = clock.now() - at;
  return age >= 0 && age < fresh; // a clock that was put back makes nothing young
}

async function readOne(
  { folder, load, declared }: ViewsOptions,
  name: string,
  before: Declaration | undefined,
): Promise<Declaration> {
  const loaded = await load(folder, name, null);
  if (loaded.ok) return { name, environment: loaded.value, absent: null, trouble: null };
  const sentence = loaded.error.findings.join(' ');
  const elsewhere = await declared?.(folder, name);
  if (elsewhere?.ok === true) return { name, environment: elsewhere.value, absent: sentence, trouble: null };
  const trouble = `the definition cannot be used now: ${sentence}`;
  if (before !== undefined) return { ...before, trouble };
  return declared === undefined
    ? { name, environment: null, absent: sentence, trouble: null }
    : { name, environment: null, absent: null, trouble };
}
