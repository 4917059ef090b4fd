import type { ServerResponse } from 'node:http';
import type { TrustingSite } from '../entry.ts';
import { forward } from '../forward.ts';
import { type BodyGuard, guardBodies } from '../protocol/body-guard.ts';
import { upgrade } from '../websocket/upgrade.ts';
import { decide, type Fields } from './decide.ts';
import { headOf } from './head.ts';
import { faultIn, refuseLarge, say, sayOn } from './refusals.ts';
import { dropHeaders, limitBody, visitOf } from './request.ts';
import { throughEdge } from './response.ts';
import type { Rules } from './rules.ts';
import { type FrontHandlers, settingsFor } from './server.ts';
import type { Shared } from './shared.ts';
import { beginStory, type Story, tell } from './story.ts';

/** How requests and WebSockets are received, on every listener of a front. */
export function visitHandlers(shared: Shared): FrontHandlers {
  const siteOf = sitesOf(shared);
  const guardOf = guardsOf(shared);

  async function pass(rules: Rules, story: Story, service: string, response: ServerResponse): Promise<void> {
    const { request } = story.visit;
    const site = siteOf(service);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const held = await shared.hold.wait(() => site.route, AbortSignal.any([gone.signal, shared.ending]));
    if (held !== 'ready') shared.metrics.held(held);
    if (gone.signal.aborted) return;
    limitBody(request, rules.settings.limits.bodyBytes, () => {
      story.reason = 'body';
      refuseLarge(response, rules);
    });
    forward(site, request, response);
  }

  return {
    request(incoming, native) {
      const rules = shared.rules();
      if (rules === null) {
        incoming.socket.destroy();
        return;
      }
      const visit = visitOf(incoming, rules.trusted);
      const story = beginStory(shared, visit);
      let extra: Fields = [];
      const response = throughEdge(native, {
        hasBody: visit.method !== 'HEAD',
        head(status, fields) {
          const affinity = story.service === null ? null : shared.routeOf(story.service)?.affinity?.cookie;
          const head = headOf({ rules, visit, status, fields, extra, affinity: affinity ?? null });
          story.revision = head.revision ?? story.revision;
          story.requestId = head.requestId ?? story.requestId;
          return head;
        },
        done: (sent) => tell(shared, story, sent),
      });
      const decision = faultIn(visit, rules) ?? decide(rules, visit, story.at, false);
      extra = decision.headers;
      if (decision.kind === 'answer') {
        story.reason = decision.reason;
        if (decision.rule !== undefined) shared.metrics.rateLimited(decision.rule);
        say(response, decision);
        return;
      }
      if (!decision.isTester) dropHeaders(visit.request, isForTesters);
      if (visit.protocol !== 'h2') guardOf(rules).watch(visit.request, response);
      story.service = decision.service;
      void pass(rules, story, decision.service, response);
    },

    upgrade(incoming, socket, early) {
      const rules = shared.rules();
      socket.on('error', () => socket.destroy());
      if (rules === null) {
        socket.destroy();
        return;
      }
      const visit = visitOf(incoming, rules.trusted);
      const story = beginStory(shared, visit);
      const decision = faultIn(visit, rules) ?? decide(rules, visit, story.at, true);
      if (decision.kind === 'answer') {
        story.reason = decision.reason;
        if (decision.rule !== undefined) shared.metrics.rateLimited(decision.rule);
        sayOn(incoming, socket, decision);
        tell(shared, story, { status: decision.status, bytes: 0 });
        return;
      }
      if (!decision.isTester) dropHeaders(visit.request, isForTesters);
      story.service = decision.service;
      shared.metrics.upgraded(decision.service);
      const site = siteOf(decision.service);
      const before = socket.bytesWritten;
      socket.once('close', () => {
        tell(shared, story, { status: 101, bytes: socket.bytesWritten - before });
      });
      void shared.hold
        .wait(() => site.route, shared.ending)
        .then(() => upgrade(site, incoming, socket, early));
    },
  };
}

/** Services as requests from outside reach them. They follow the table, as those of the loopback ports do. */
function sitesOf({ routeOf, rules, world }: Shared): (service: string) => TrustingSite {
  const sites = new Map<string, TrustingSite>();
  return (service) => {
    const known = sites.get(service);
    if (known !== undefined) return known;
    const site: TrustingSite = {
      get route() {
        return routeOf(service);
      },
      get trusted() {
        return rules()?.trusted ?? null;
      },
      isPreview: false,
      world,
    };
    sites.set(service, site);
    return site;
  };
}

/** One look at the bodies of all requests, by the limits of the rules they came under. */
function guardsOf({ world }: Shared): (rules: Rules) => BodyGuard {
  const guards = new WeakMap<Rules, BodyGuard>();
  return (rules) => {
    const known = guards.get(rules) ?? guardBodies(settingsFor(rules.settings), world.clock);
    guards.set(rules, known);
    return known;
  };
}

/** Choosing a revision, and whatever else speaks to the router, is not for everybody. */
const isForTesters = (name: string) => name.startsWith('x-fairway-');
