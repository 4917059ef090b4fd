import { createHash } from 'node:crypto';
import type { RouterRoute } from '#router';
import type { Book, NumberedRevision, NumberedServer } from './book.ts';
import { frontendLines } from './frontend.ts';
import { frontendOf, previewOf, serverOf, slotOf } from './maps.ts';

/** Backends that a service has at least: two arms, and two revisions on their way out. */
const fewestSlots = 4;

/**
 * The kinds of backends a revision has: requests, WebSockets (they drain in a time of their own), and requests that chose
 * their arm themselves, of which nothing is counted (R7).
 */
export const kinds = ['h', 'w', 'x'] as const;
export type Kind = (typeof kinds)[number];

/** Files beside the configuration; HAProxy runs in their folder. */
export const files = {
  configuration: 'haproxy.cfg',
  routes: 'routes.map',
  buckets: 'buckets.map',
  stats: 'stats.sock',
  master: 'master.sock',
} as const;

/**
 * The whole configuration of HAProxy for a book: a function of the book alone. Everything that a running HAProxy cannot be
 * told (listeners, cookies, backends) makes its structure; a change of that needs a reload. Servers are in it so that a
 * HAProxy that starts anew has them at once.
 */
export function configurationOf(book: Book): { readonly text: string; readonly structure: string } {
  const numbers = new Map(book.services.map(({ name, number }) => [name, number]));
  const owners = Map.groupBy(book.revisions, ({ service }) => service);
  const sections = [
    ...common(),
    ...book.table.routes.flatMap((route) => {
      const service = numbers.get(route.service) ?? 0;
      return serviceSections(service, owners.get(service) ?? [], route);
    }),
  ];
  const servers = serversByBackend(book);
  const withServers = (isWhole: boolean) =>
    sections
      .map(({ head, lines, backend }) => {
        const own = isWhole && backend !== undefined ? (servers.get(backend) ?? []) : [];
        return `${[head, ...[...lines, ...own].map((line) => `  ${line}`)].join('\n')}\n`;
      })
      .join('\n');
  const structure = createHash('sha256').update(withServers(false)).digest('hex').slice(0, 16);
  return { text: `${globalLines(structure).join('\n')}\n\n${withServers(true)}`, structure };
}

interface Section {
  readonly head: string;
  readonly lines: readonly string[];
  /** The backend whose servers stand in it, whatever the kind. */
  readonly backend?: string;
}

/** One thread: splits are exact, and counters need no locks; it carries more than two share on a machine this small. */
const globalLines = (structure: string) => [
  'global',
  '  nbthread 1',
  `  stats socket unix@${files.stats} mode 600 level admin expose-fd listeners`,
  '  stats timeout 1d',
  // Connections without a request are closed over this time after a reload: at once would cut off those that just bring one.
  '  close-spread-time 1s',
  `  description ${structure}`,
];

const common = (): readonly Section[] => [
  {
    head: 'defaults',
    lines: [
      'mode http',
      'balance roundrobin',
      'retries 2',
      'option redispatch 1',
      'retry-on conn-failure empty-response',
      'option abortonclose',
      'timeout connect 2s',
      'timeout server 300s', // a hung service would never count as failed
      'timeout client 1d',
      'timeout tunnel 7d',
      'timeout http-request 60s', // a head may not take for ever; a body may
      'timeout http-keep-alive 65s',
      ...ownAnswers(),
    ],
  },
  {
    head: 'backend turns',
    lines: [
      'stick-table type integer size 10k store gpc0',
      'http-request set-var(txn.route) str(none),map_str(routes.map)', // so that the map is there without routes too
    ],
  },
  { head: 'backend unanswered', lines: ['stick-table type integer size 100k store gpc0'] },
  { head: 'backend answers', lines: ['stick-table type integer size 1m store http_req_cnt'] },
];

/** HAProxy's own answers, when no replica has answered: one plain sentence. */
function ownAnswers(): readonly string[] {
  const service = '%[var(txn.route),word(9,\\ )]';
  const sentences: readonly (readonly [number, string])[] = [
    [400, 'the request cannot be passed on'],
    [408, 'the request did not come in time'],
    [500, 'the router failed'],
    [502, `the service ${service} closed the connection without an answer`],
    [503, `the service ${service} has no replica that answers now`],
    [504, `the service ${service} did not answer in time`],
  ];
  return sentences.map(
    ([status, sentence]) =>
      `http-error status ${status} content-type "text/plain; charset=utf-8" lf-string ${spaced(sentence)}\\n hdr cache-control no-store${status === 503 ? ' hdr retry-after 1' : ''}`,
  );
}

/** The fields in the sentence are escaped already. */
const spaced = (sentence: string) => sentence.replace(/(?<!\\) /g, '\\ ');

function serviceSections(
  service: number,
  revisions: readonly NumberedRevision[],
  route: RouterRoute,
): readonly Section[] {
  const used = revisions.flatMap(({ slot }) => (slot === null ? [] : [slot + 1]));
  const slots = Array.from({ length: Math.max(fewestSlots, ...used) }, (_, slot) => slot);
  const door = (name: string, port: number, isPreview: boolean): Section => ({
    head: `frontend ${name}`,
    lines: frontendLines({ service, port, affinity: route.affinity, isPreview }),
  });
  return [
    door(frontendOf(service), route.port, false),
    ...(route.preview === null ? [] : [door(previewOf(service), route.preview, true)]),
    ...slots.flatMap((slot) =>
      kinds.map((kind) => ({
        head: `backend ${slotOf(service, slot)}${kind}`,
        lines: kind === 'x' ? [silentLine] : [silentLine, ...countingLines],
        backend: slotOf(service, slot),
      })),
    ),
  ];
}

/** A stream of events may be silent for long. */
const silentLine = 'http-request set-timeout server 1d if { req.hdr(accept) -m sub text/event-stream }';

/**
 * Each answer that did not fail is counted under one number, made of the server's and of its bucket's. The counters are
 * HAProxy's own memory: nothing is lost between it and a reader, however many there are.
 */
const countingLines = [
  'http-response set-var(txn.bucket) date(0,us),sub(txn.began),map_ip_int(buckets.map,0)',
  'http-response track-sc1 srv_id,mul(512),add(txn.bucket) table answers if { status lt 500 }',
];

/** The lines of the servers of each backend. One that is on its way out answers what it has and gets nothing new. */
function serversByBackend({ servers, revisions }: Book): ReadonlyMap<string, readonly string[]> {
  const owners = new Map(revisions.map((revision) => [revision.number, revision]));
  const lines = new Map<string, string[]>();
  for (const server of servers) {
    const owner = owners.get(server.revision);
    if (server.state !== 'routed' || owner === undefined || owner.slot === null) continue;
    const backend = slotOf(owner.service, owner.slot);
    const own = lines.get(backend) ?? [];
    own.push(`server ${serverWords(server)}`);
    lines.set(backend, own);
  }
  return lines;
}

/** How a server is declared, in the configuration as at run time. */
export const serverWords = ({ number, port }: NumberedServer): string =>
  `${serverOf(number)} 127.0.0.1:${port} id ${number}`;
