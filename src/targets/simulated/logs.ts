import { millis } from '#kernel';
import type { LogLine, LogRequest } from '#ports';
import { settle } from './load.ts';
import type { LogEvent, Site } from './state.ts';

const pace = millis(200);

/** What replicas would have printed: that they started, became ready, ended. Only the last lines are kept. */
export async function* readLogs(site: Site, ask: LogRequest, signal: AbortSignal): AsyncIterable<LogLine> {
  settle(site);
  let told = 0;
  const isWanted = ({ replica }: LogEvent) =>
    ask.service === null || replica.of.revision.service === ask.service;
  const past = site.log.filter(isWanted);
  for (const event of past.slice(Math.max(0, past.length - ask.lines))) yield lineOf(event);
  told = site.log.at(-1)?.number ?? 0;
  while (ask.follow && !signal.aborted) {
    await site.world.clock.sleep(pace, signal);
    settle(site);
    const fresh = site.log.filter((event) => event.number > told);
    told = site.log.at(-1)?.number ?? told;
    for (const event of fresh.filter(isWanted)) yield lineOf(event);
  }
}

const lineOf = ({ replica, text }: LogEvent): LogLine => ({
  service: replica.of.revision.service,
  replica: replica.name,
  revision: replica.of.revision.id,
  text,
});
