import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { later } from '../../data/index.ts';
import type { Level } from './line.ts';

interface Choice {
  /** Empty: all of them. */
  readonly services: readonly string[];
  readonly level: Level | null;
  /** Of a request that is followed across services. */
  readonly id: string | null;
}

export interface Filter extends Choice {
  readonly text: string;
  /** The text as it was when typing paused: with it the control plane is asked. */
  readonly settled: string;
  readonly type: (text: string) => void;
  readonly choose: (change: Partial<Choice>) => void;
}

const levels: readonly Level[] = ['debug', 'info', 'warning', 'error'];
const pauseOfTyping = 400;

/** What is looked for, kept in the address so that it can be sent to somebody. */
export function useFilter(): Filter {
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const navigate = useNavigate();
  const said = (name: string) => (typeof search[name] === 'string' ? search[name] : '');
  const settled = said('text');
  const [text, setText] = useState(settled);
  const choice: Choice = {
    services: said('service')
      .split(',')
      .filter((name) => name !== ''),
    level: levels.find((each) => each === said('level')) ?? null,
    id: said('id') === '' ? null : said('id'),
  };
  const go = (next: Choice & { readonly text: string }) => {
    const { services, level, id } = next;
    const parts = { service: services.join(','), level: level ?? '', text: next.text, id: id ?? '' };
    const query = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== ''));
    void navigate({ to: '.', search: query, replace: true });
  };
  useEffect(() => {
    if (text.trim() === settled) return undefined;
    return later(pauseOfTyping, () => go({ ...choice, text: text.trim() }));
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only what is typed starts the wait anew
  }, [text, settled]);
  return {
    ...choice,
    text,
    settled,
    type: setText,
    choose: (change) => go({ ...choice, text: text.trim(), ...change }),
  };
}
