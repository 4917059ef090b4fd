import type { RouterRoute } from '#router';
import { argument, format } from './escape.ts';
import { frontendOf } from './maps.ts';

interface Door {
  readonly service: number;
  readonly port: number;
  readonly affinity: RouterRoute['affinity'];
  readonly isPreview: boolean;
}

/** Everything a request meets between the port and its backend. */
export function frontendLines(door: Door): readonly string[] {
  return [
    `bind 127.0.0.1:${door.port} backlog 1024`,
    'http-request set-var(txn.began) date(0,us)',
    `http-request set-var(txn.route) str(${frontendOf(door.service)}),map_str(routes.map)`,
    ...refusals,
    ...(door.isPreview ? previewLines : wishLines),
    ...(door.isPreview ? [] : door.affinity === null ? turnLines(door.service) : pointLines(door.affinity)),
    ...armLines,
    ...headerLines,
    ...retryLines,
    ...answerLines,
    ...(door.affinity === null || door.isPreview ? [] : cookieLines(door.affinity)),
    'use_backend %[var(txn.slot)]x if { var(txn.wished) -m bool }',
    'use_backend %[var(txn.slot)]w if websocket',
    'use_backend %[var(txn.slot)]h',
  ];
}

const plain = 'content-type text/plain string';

const refusals = [
  'acl websocket req.hdr(upgrade) -i websocket',
  'http-request return status 503 hdr retry-after 1 ' +
    `${plain} no\\ service\\ is\\ routed\\ on\\ this\\ port\\ any\\ more\\n if !{ var(txn.route) -m found }`,
  `http-request return status 400 ${plain} the\\ request\\ cannot\\ be\\ passed\\ on\\n if { method CONNECT TRACE }`,
  'http-request set-uri %[pathq] if !{ url_beg / }', // the address of a proxy's request; services know paths
];

const wishLines = [
  'acl wished req.fhdr_cnt(x-fairway-arm) gt 0',
  'acl canary_wished req.fhdr(x-fairway-arm) -m str canary',
  'acl stable_wished req.fhdr(x-fairway-arm) -m str stable',
  `http-request return status 400 ${plain} x-fairway-arm\\ is\\ either\\ stable\\ or\\ canary\\n if wished !canary_wished !stable_wished or { req.fhdr_cnt(x-fairway-arm) gt 1 }`,
  'http-request set-var(txn.wished) bool(true) if wished',
  'http-request set-var(txn.canary) bool(true) if canary_wished',
];

/** Services that pass the header on let a preview go through the canaries of what they need as well. */
const previewLines = [
  `http-request return status 404 content-type text/plain lf-string the\\ service\\ %[var(txn.route),word(9,\\ )]\\ has\\ no\\ revision\\ to\\ preview\\ now\\n if { var(txn.route),word(2,\\ ) 0 }`,
  'http-request set-header x-fairway-arm canary',
  'http-request set-var(txn.wished) bool(true)',
  'http-request set-var(txn.canary) bool(true)',
];

const free = '!{ var(txn.wished) -m bool }';
const weight = 'var(txn.route),word(1,\\ ),add(0)';

/**
 * Without affinity requests take turns. Turn n stands at (61 n mod 100) percent, so that any hundred turns stand once in each
 * percent, and mixed; within a percent the hundreds take turns by the golden ratio, which carries weights with fractions.
 */
const turnLines = (service: number) => [
  `http-request set-var(txn.weight) ${weight}`,
  `http-request set-var(txn.split) bool(true) if ${free} { var(txn.weight) -m int gt 0 }`,
  `http-request track-sc2 int(${service}) table turns if { var(txn.split) -m bool }`,
  'http-request set-var(txn.turn) sc2_inc_gpc0(turns) if { var(txn.split) -m bool }',
  'http-request set-var(txn.part) var(txn.turn),div(100),mul(618034),mod(1000000) if { var(txn.split) -m bool }',
  'http-request set-var(txn.point) var(txn.turn),mul(61),mod(100),mul(1000000),add(txn.part) if { var(txn.split) -m bool }',
  'http-request set-var(txn.canary) bool(true) if { var(txn.split) -m bool } { var(txn.point),sub(txn.weight) lt 0 }',
];

/**
 * The rule of the built-in router: a client brings a point between 0 and 100 with six decimals, or gets a new one, and
 * below the canary's weight it goes to the canary.
 */
const pointLines = ({ cookie }: NonNullable<RouterRoute['affinity']>) => [
  `http-request set-var(txn.weight) ${weight}`,
  `http-request set-var(txn.brought) req.cook(${argument(cookie)}) if ${free}`,
  'acl brought var(txn.brought) -m reg ^[0-9]{1,2}[.][0-9]{6}$',
  'http-request set-var(txn.part) var(txn.brought),word(2,.) if brought',
  'http-request set-var(txn.point) var(txn.brought),word(1,.),mul(1000000),add(txn.part) if brought',
  `http-request set-var(txn.new) rand(100000000) if ${free} !brought`,
  `http-request set-var(txn.point) var(txn.new) if ${free} !brought`,
  `http-request set-var(txn.canary) bool(true) if ${free} { var(txn.point),sub(txn.weight) lt 0 }`,
];

/** Slot, number and name of the chosen arm's revision. What a caller named itself is counted nowhere. */
const armLines = [
  ...(['slot', 'number', 'revision'] as const).flatMap((name, at) => [
    `http-request set-var(txn.${name}) var(txn.route),word(${at + 6},\\ )`,
    `http-request set-var(txn.${name}) var(txn.route),word(${at + 3},\\ ) if { var(txn.canary) -m bool }`,
  ]),
  `http-request track-sc0 var(txn.number) table unanswered if ${free}`,
];

/** What ends here, and what the caller claims of itself, is said anew. */
const headerLines = [
  'http-request del-header x-forwarded- -m beg',
  ...['forwarded', 'x-real-ip', 'te', 'keep-alive', 'proxy-connection', 'proxy-authorization'].map(
    (name) => `http-request del-header ${name}`,
  ),
  'http-request del-header upgrade if !websocket',
  'http-request set-header x-forwarded-for %[src]',
  'http-request set-header x-forwarded-proto http',
  'http-request set-header x-forwarded-host %[req.hdr(host)]',
  'http-request set-var(txn.id) req.fhdr(x-request-id) if { req.fhdr(x-request-id) -m reg ^[!-~]{1,128}$ }',
  'http-request set-var(txn.id) uuid if !{ var(txn.id) -m found }',
  'http-request set-header x-request-id %[var(txn.id)]',
  'acl traced req.fhdr(traceparent) -m reg ^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$',
  // W3C Trace Context, section 3.2: version ff, further fields in version 00, and numbers of zeros only are invalid.
  'acl mistraced req.fhdr(traceparent) -m reg ^ff|^00.{54}|^..-0{32}|^.{36}0{16}',
  'http-request del-header tracestate if !traced or mistraced',
  `http-request set-header traceparent 00-${hex(4)}-${hex(2)}-01 if !traced or mistraced`,
];

function hex(words: number): string {
  return '%[rand(4294967295),hex,bytes(8,8),lower]'.repeat(words);
}

/** A request that may have reached a replica is asked again only where that cannot do harm. */
const retryLines = [
  'http-request disable-l7-retry if !{ method GET HEAD OPTIONS }',
  'http-request disable-l7-retry if { req.hdr(content-length) -m found } or { req.hdr(transfer-encoding) -m found }',
];

/** A failure that HAProxy had to answer itself is counted for the revision: answers of replicas have a bucket. */
const answerLines = [
  // After a reload callers go over to the new process with their next answer, before their connections are closed.
  'http-after-response set-header connection close if { stopping }',
  'http-after-response set-header x-fairway-revision %[var(txn.revision)] if { var(txn.revision) -m found }',
  'http-after-response set-header x-request-id %[var(txn.id)] if { var(txn.id) -m found }',
  'http-response set-var(txn.answered) bool(true)',
  'http-after-response set-var(txn.failed) sc0_inc_gpc0(unanswered) if { status ge 500 } !{ var(txn.answered) -m bool }',
  'http-after-response set-status 502 if { status 503 } !{ var(txn.answered) -m bool } { srv_id gt 0 }',
];

function cookieLines({ cookie, lifetimeMillis }: NonNullable<RouterRoute['affinity']>): readonly string[] {
  const age = Math.max(1, Math.round(lifetimeMillis / 1_000));
  const value = '%[var(txn.new),div(1000000)].%[var(txn.new),mod(1000000),add(1000000),lower,bytes(1,6)]';
  const attributes = format(`; Path=/; Max-Age=${age}; HttpOnly; SameSite=Lax`);
  return [
    `http-response add-header set-cookie ${format(cookie)}=${value}${attributes} if { var(txn.new) -m found }`,
  ];
}
