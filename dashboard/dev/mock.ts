import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connect, Plugin } from 'vite';
import { type Answers, problem } from './ask.ts';
import { accessAnswers } from './answers/access.ts';
import { auditAnswers } from './answers/audit.ts';
import { checkAnswers } from './answers/checks.ts';
import { declaredAnswers } from './answers/declared.ts';
import { environmentsAnswers } from './answers/environments.ts';
import { historyAnswers } from './answers/history.ts';
import { logAnswers } from './answers/logs.ts';
import { recoveryAnswers } from './answers/recovery.ts';
import { releaseAnswers } from './answers/release.ts';
import { systemAnswers } from './answers/system.ts';
import { tokenAnswers } from './answers/tokens.ts';
import { createStory, type Story } from './story.ts';

/**
 * The API of a control plane, played: a small system with a release under way, for work on the pages. Answers stand in
 * dev/answers, one table for each group of pages: `'GET /v1/environments/{environment}/flags': (ask) => answer`.
 *
 * What is played is chosen with GET /v1/mock: `?scene=quiet|canary|bad|approval|returned`, `?role=viewer|deployer|approver|admin|none`,
 * `?away=20` (nobody answers for so many seconds). It answers how many streams are followed.
 */
const tables: readonly Answers[] = [
  systemAnswers,
  environmentsAnswers,
  historyAnswers,
  recoveryAnswers,
  logAnswers,
  checkAnswers,
  auditAnswers,
  tokenAnswers,
  releaseAnswers,
  accessAnswers,
  declaredAnswers,
];

export function mockApi(): Plugin {
  return {
    name: 'fairway-mock',
    configureServer: ({ middlewares, httpServer }) => mount(middlewares, httpServer),
    configurePreviewServer: ({ middlewares, httpServer }) => mount(middlewares, httpServer),
  };
}

function mount(
  middlewares: Connect.Server,
  server: { readonly on: (event: 'close', run: () => void) => unknown } | null,
): void {
  const story = createStory();
  let awayUntil = 0;
  server?.on('close', story.end);
  middlewares.use((request, response, next) => {
    const url = new URL(request.url ?? '/', 'http://mock');
    if (!url.pathname.startsWith('/v1/')) return next();
    if (url.pathname === '/v1/mock') {
      awayUntil = Date.now() + 1_000 * Number(url.searchParams.get('away') ?? 0);
      if (awayUntil > Date.now()) story.hangUp();
      story.play(url.searchParams);
      return void response.end(JSON.stringify({ streams: story.streams.size }));
    }
    if (Date.now() < awayUntil) return void request.socket.destroy();
    void answer(story, url, request, response);
  });
}

async function answer(story: Story, url: URL, request: IncomingMessage, response: ServerResponse) {
  const method = request.method ?? 'GET';
  const found = findIn(method, url.pathname);
  if (story.role === 'none' && !url.pathname.endsWith('/access/session')) {
    return problem(
      response,
      401,
      'not_logged_in',
      'Nobody is logged in here.',
      'Log in with a token, or with the link that "fairway dashboard" prints.',
    );
  }
  if (found === null) {
    return problem(
      response,
      404,
      'no_such_page',
      `The mock does not answer ${method} ${url.pathname}.`,
      'Add it to a table in dev/answers.',
    );
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const body: unknown = text === '' ? null : JSON.parse(text);
  const given = found.run({ params: found.params, query: url.searchParams, body, story, request, response });
  if (given !== undefined) {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(given));
  }
}

function findIn(method: string, path: string) {
  for (const table of tables)
    for (const [key, run] of Object.entries(table)) {
      const [own = '', template = ''] = key.split(' ');
      const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
      const match = new RegExp(`^${template.replace(/\{\w+\}/g, '([^/]+)')}$`).exec(path);
      if (own !== method || match === null) continue;
      return {
        run,
        params: Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(match[at + 1] ?? '')])),
      };
    }
  return null;
}
