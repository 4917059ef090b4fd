/** Work that is done later by the workers. A job is a row in Postgres; its queue entry holds the id and can be made again. */
export const jobKinds = ['import', 'score', 'simulation', 'digest', 'export'] as const;
export type JobKind = (typeof jobKinds)[number];

export type JobState = 'queued' | 'running' | 'done' | 'failed';

export const queueOf = {
  import: 'q_import',
  score: 'q_score',
  simulation: 'q_sim',
  digest: 'q_digest',
  export: 'q_digest', // also an object in the bucket
} as const satisfies Record<JobKind, string>;

export type QueueName = (typeof queueOf)[JobKind];
export const queueNames: readonly QueueName[] = [...new Set(Object.values(queueOf))];
export const deadLetters = (queue: QueueName): string => `${queue}_dlq`;

/** What a queue entry holds. */
export interface JobTicket {
  readonly id: string;
}

/** What is asked for, per kind: stored in the job's row. */
export interface JobPayloads {
  import: ImportRequest;
  score: { readonly reflectionId: string };
  simulation: SimulationRequest;
  digest: { readonly week: string };
  export: { readonly format: 'json' | 'csv' };
}

export type ImportRequest =
  | { readonly source: 'csv' | 'binance'; readonly text: string }
  /** Asked of the broker himself, with a key that the user has left here. */
  | { readonly source: 'broker'; readonly keyId: string }
  | { readonly source: 'synthetic'; readonly fills: number; readonly seed: number };

export interface SimulationRequest {
  readonly seed: number;
  readonly paths: number;
  readonly trades: number;
  /** Share of trades that win, 0 to 1. */
  readonly winShare: number;
  /** Gain of a winner and loss of a loser, in units of the risk. */
  readonly gain: number;
  readonly loss: number;
}

export const simulationKey = (id: string): string => `simulation:${id}`;

/** Where events of the outbox are announced, and ended sessions. */
export const channels = { events: 'journal:events', signedOut: 'journal:signed-out' } as const;

/** One row of the outbox as it is announced. */
export interface JournalEvent {
  readonly id: string;
  readonly topic: string;
  readonly payload: { readonly userId: string } & Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** Appends an event in the transaction that makes it true; it is announced when that is committed. */
export async function appendEvent(
  tx: { query(text: string, values?: unknown[]): Promise<unknown> },
  topic: string,
  payload: JournalEvent['payload'],
): Promise<void> {
  await tx.query('INSERT INTO outbox (topic, payload) VALUES ($1, $2)', [topic, JSON.stringify(payload)]);
}
