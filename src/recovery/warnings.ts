import type { Json } from '#kernel';
import type { Evidence } from './evidence.ts';

/** Something that people should know while it lasts. `of`: the store, or the environment's name. */
export interface Warning {
  readonly of: string;
  readonly code: string;
  readonly sentence: string;
  readonly severity: 'warning' | 'error';
}

/** Tells of each warning once when it begins and once when it has ended, over restarts of the control plane, too. */
export interface Warnings {
  /** What holds now. Failures are left to the next time. */
  settle(present: readonly Warning[]): Promise<void>;
  active(): readonly Warning[];
}

const kind = 'recovery-warning';
const keyOf = ({ of, code }: Pick<Warning, 'of' | 'code'>) => `${of}/${code}`;

export function createWarnings(evidence: Evidence): Warnings {
  let known: Map<string, Warning> | null = null;

  async function load(): Promise<Map<string, Warning> | null> {
    const rows = await evidence.notes(kind);
    if (!rows.ok) return null;
    return new Map([...rows.value].map(([key, value]) => [key, value as unknown as Warning]));
  }

  return {
    async settle(present) {
      known ??= await load();
      if (known === null) return;
      const now = new Map(present.map((warning) => [keyOf(warning), warning]));
      for (const [key, warning] of now) {
        if (known.has(key)) continue;
        const note = { kind, key, value: warning as unknown as Json };
        const told = await evidence.tell('recovery.warning', warning, [note]);
        if (told.ok) known.set(key, warning);
      }
      for (const [key, { of, code }] of [...known]) {
        if (now.has(key)) continue;
        const told = await evidence.tell('recovery.warning_ended', { of, code }, [
          { kind, key, value: null },
        ]);
        if (told.ok) known.delete(key);
      }
    },
    active: () => [...(known?.values() ?? [])],
  };
}
