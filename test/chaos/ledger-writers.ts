import pg from 'pg';

/** A write of which the server has said that it is durable, and when. */
export interface Acknowledged {
  readonly n: number;
  readonly at: number;
}

/** Four connections that write one number after another, each in a transaction of its own, until the server is gone. */
export async function beginWriting(login: pg.ClientConfig, from: number) {
  const acknowledged: Acknowledged[] = [];
  let [next, isEnding] = [from, false];
  const write = async (): Promise<void> => {
    const client = new pg.Client(login);
    client.on('error', () => undefined); // the write that was under way fails as well
    await client.connect();
    try {
      while (!isEnding) {
        const n = next++;
        await client.query('INSERT INTO ledger (n) VALUES ($1)', [n]);
        acknowledged.push({ n, at: Date.now() });
      }
    } catch {
      // the server was killed: what it did not acknowledge does not count
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const writers = Promise.all([write(), write(), write(), write()]);
  return {
    async end(): Promise<readonly Acknowledged[]> {
      isEnding = true;
      await writers;
      return acknowledged;
    },
  };
}
