import type { State } from './story.ts';

export interface Line {
  readonly sequence: number;
  readonly at: number;
  readonly sentence: string;
  readonly level: 'main' | 'detail';
}

/** What the journal said before the scene begins. */
export function journalOf(state: State): Line[] {
  const at = (seconds: number) => state.startedAt + 1_000 * seconds;
  const told: readonly (readonly [number, string, ('main' | 'detail')?])[] = [
    [0, 'release 8 asked for by maria: search within notes'],
    [0.4, 'release 8: edge and journal change, import stays', 'detail'],
    [1, 'expand 0042_note_search: begins'],
    [9, 'expand 0042_note_search: done'],
    [10, 'canary 5 % of edge, journal: starting replicas', 'detail'],
    [17, 'canary 5 % of edge, journal: replicas ready, moving traffic', 'detail'],
    [
      18,
      'canary 5 % of edge, journal: 5 % of the requests go to the new revision; held for 1m, the gate asks for a pass',
    ],
    [78, 'canary 5 % of edge, journal: the gate has passed'],
    [79, 'canary 25 % of edge, journal: starting replicas', 'detail'],
    [138, 'canary 25 % of edge, journal: replicas ready, moving traffic', 'detail'],
    [
      140,
      'canary 25 % of edge, journal: 25 % of the requests go to the new revision; held for 3m, the gate asks for a pass',
    ],
    ...(state.scene === 'approval'
      ? ([
          [325, 'canary 25 % of edge, journal: the gate has passed'],
          [330, 'waits for approval by release manager'],
        ] as const)
      : []),
    ...(state.scene === 'returned'
      ? ([
          [192, `going back: ${state.because ?? ''}`],
          [196, 'all traffic is back on release 7'],
          [200, 'release 8 rolled back; release 7 serves'],
        ] as const)
      : []),
    ...(state.scene === 'quiet'
      ? ([
          [325, 'canary 25 % of edge, journal: the gate has passed'],
          [330, 'canary 50 % of edge, journal: 50 % of the requests go to the new revision'],
          [520, 'edge, journal at 100 %: all requests go to it'],
          [540, 'release 8 promoted; release 7 stays warm for 30m'],
        ] as const)
      : []),
  ];
  return told.map(([seconds, sentence, level], index) => ({
    sequence: 4_100 + index,
    at: at(seconds),
    sentence,
    level: level ?? 'main',
  }));
}
