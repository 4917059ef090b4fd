import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** Callers whose requests nobody may repeat, and callers that read events for as long as they get them. */
export interface Callers {
  readonly counts: {
    posts: number;
    pieces: number;
    streams: number;
    events: number;
    /** Streams that ended in order and were opened again: a drain ends them so. */
    streamsEnded: number;
    /** Streams that were cut because their replica was killed. */
    streamsKilled: number;
  };
  /** What should not have happened. */
  readonly failures: string[];
  /**
   * Performs what kills this replica and takes it out of the table. Nothing is under way then that cannot be repeated (a POST
   * on a connection whose end is not yet known is lost with any proxy); its streams are cut.
   */
  whileKilling(replica: string, perform: () => Promise<void>): Promise<void>;
  end(): Promise<void>;
}

export function startCallers(target: string, posts: number, streams: number): Callers {
  const agent = new Agent({ connections: null, bodyTimeout: 0, headersTimeout: 60_000 });
  const counts = { posts: 0, pieces: 0, streams: 0, events: 0, streamsEnded: 0, streamsKilled: 0 };
  const failures: string[] = [];
  const ending = new AbortController();
  let isQuiet = false;
  const killed = new Set<string>();
  let underWay = 0;

  async function postOne(): Promise<void> {
    const size = 1 + ((counts.posts * 7_919) % 40_000);
    const answer = await request(`${target}/sum`, {
      method: 'POST',
      body: Buffer.alloc(size),
      dispatcher: agent,
    });
    const text = await answer.body.text();
    counts.posts += 1;
    if (answer.statusCode !== 200 || text !== `${size}`) failures.push(`POST: ${answer.statusCode} ${text}`);
  }

  async function piecesOne(): Promise<void> {
    const answer = await request(`${target}/pieces`, { dispatcher: agent });
    const text = await answer.body.text();
    counts.pieces += 1;
    if (answer.statusCode !== 200 || text !== '0;1;2;3;4;end')
      failures.push(`pieces: ${answer.statusCode} ${text}`);
  }

  async function work(number: number): Promise<void> {
    while (!ending.signal.aborted) {
      if (isQuiet) {
        await delay(5);
        continue;
      }
      underWay += 1;
      await (number % 4 === 0 ? piecesOne() : postOne()).catch((reason: unknown) =>
        failures.push(String(reason)),
      );
      underWay -= 1;
      await delay(20);
    }
  }

  async function read(): Promise<void> {
    while (!ending.signal.aborted) {
      let next = 0;
      let replica = '';
      try {
        const answer = await request(`${target}/events`, { dispatcher: agent, signal: ending.signal });
        if (answer.statusCode !== 200) throw new Error(`events: ${answer.statusCode}`);
        counts.streams += 1;
        replica = String(answer.headers['x-replica']);
        for await (const chunk of answer.body as AsyncIterable<Buffer>)
          for (const [, number] of chunk.toString().matchAll(/data: (\d+)/g)) {
            if (Number(number) !== next) throw new Error(`event ${number} instead of ${next}`);
            next += 1;
            counts.events += 1;
          }
        counts.streamsEnded += 1;
      } catch (reason) {
        if (ending.signal.aborted) return;
        if (killed.has(replica)) counts.streamsKilled += 1;
        else failures.push(`events of ${replica}: ${String(reason)}`);
      }
      await delay(20);
    }
  }

  const all = [
    ...Array.from({ length: posts }, (_, number) => work(number)),
    ...Array.from({ length: streams }, read),
  ];
  return {
    counts,
    failures,
    async whileKilling(replica, perform) {
      isQuiet = true;
      while (underWay > 0) await delay(2);
      killed.add(replica);
      try {
        await perform();
      } finally {
        isQuiet = false;
      }
    },
    async end() {
      ending.abort();
      await Promise.all(all);
      await agent.destroy();
    },
  };
}
