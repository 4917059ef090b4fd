import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Story } from './story.ts';

/** What a request to the played API brings along. */
export interface Ask {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly story: Story;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Answers what is sent as JSON; `undefined`: it has written to the response itself. */
export type Answers = Readonly<Record<string, (ask: Ask) => unknown>>;

export function problem(
  response: ServerResponse,
  status: number,
  code: string,
  title: string,
  hint: string,
): undefined {
  response.statusCode = status;
  response.setHeader('content-type', 'application/problem+json');
  response.end(JSON.stringify({ type: `/docs/errors#${code}`, title, status, code, hint, exit: 5 }));
  return undefined;
}

/** Begins a stream of server-sent events; answers what sends one. */
export function stream({ response, story }: Ask, ended: () => void) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': here\n\n');
  story.streams.add(response);
  const beat = setInterval(() => response.write('event: beat\ndata:\n\n'), 5_000);
  response.on('close', () => {
    clearInterval(beat);
    story.streams.delete(response);
    ended();
  });
  return (data: unknown, id?: number) =>
    void response.write(`${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
}
