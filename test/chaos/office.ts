import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a process of the little system says of itself. */
export interface Told {
  readonly at: number;
  readonly what: 'started' | 'told to end' | 'ended';
  readonly service: string;
  readonly replica: string;
  readonly revision: string;
  readonly pid: number;
}

/** One delivery of a job. A job whose taker never said it was done is still under way. */
export interface Delivery {
  readonly job: number;
  readonly replica: string;
  readonly revision: string;
  readonly takenAt: number;
  readonly doneAt: number | null;
}

/** Gives out jobs, each once, and writes down who did which, and who started and ended. By the clock of the test. */
export interface Office {
  readonly address: string;
  told(): readonly Told[];
  deliveries(): readonly Delivery[];
  /** Jobs that nobody has taken yet. */
  waiting(): number;
  close(): Promise<void>;
}

export async function openOffice(jobsPerSecond: number): Promise<Office> {
  const told: Told[] = [];
  const deliveries: Delivery[] = [];
  const queue: number[] = [];
  let last = 0;
  const making = setInterval(() => queue.push(++last), 1_000 / jobsPerSecond);
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text) as Omit<Told, 'at'> & { job: number };
    const at = Date.now();
    if (request.url === '/tell') told.push({ ...body, at });
    if (request.url === '/done') {
      const index = deliveries.findIndex(({ job, replica }) => job === body.job && replica === body.replica);
      const found = deliveries[index];
      if (found !== undefined) deliveries[index] = { ...found, doneAt: at };
    }
    if (request.url !== '/take') return response.end('{}');
    const job = queue.shift();
    if (job === undefined) return response.writeHead(204).end();
    deliveries.push({ job, replica: body.replica, revision: body.revision, takenAt: at, doneAt: null });
    return response.end(JSON.stringify({ job }));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told: () => told,
    deliveries: () => deliveries,
    waiting: () => queue.length,
    close() {
      clearInterval(making);
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
