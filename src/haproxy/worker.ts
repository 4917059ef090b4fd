import { type Clock, fail, millis, ok, type Result } from '#kernel';
import { say } from './cli.ts';
import { files } from './config.ts';
import {
  readConnections,
  readCounters,
  readInfo,
  readMap,
  readProcesses,
  readServers,
  readStatistics,
  readStreams,
} from './tables.ts';

/** One process of HAProxy: the one that answers (null), or one of before a reload, by its number. */
export type Which = number | null;

/** The runtime interface of a running HAProxy. Failures of all: `router_unreachable`, `haproxy_refused` (facts: command, answer). */
export function runtimeOf(folder: string, clock: Clock) {
  /** The master is deaf for a moment while it loads itself anew: what could not be said yet is said again. */
  async function tellMaster(command: string): Promise<Result<string>> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await say(folder, files.master, command, clock);
      const isDeaf = !answer.ok && /ECONNREFUSED|ENOENT/.test(String(answer.error.facts['reason']));
      if (!isDeaf || attempt === masterAttempts) return answer;
      await clock.sleep(millis(25));
    }
  }

  async function ask(command: string, which: Which = null): Promise<Result<string>> {
    const answer =
      which === null
        ? await say(folder, files.stats, command, clock)
        : await tellMaster(`@!${which} ${command}`);
    if (!answer.ok) return answer;
    const isRefused = /^(Unknown command|Can't find|No such|Invalid|Missing|Permission denied)/m.test(
      answer.value.slice(0, 200),
    );
    if (!isRefused) return answer;
    return fail('haproxy_refused', { command: firstLine(command), answer: firstLine(answer.value.trim()) });
  }
  /** `sign`: what every whole answer begins with; without it an empty one would be taken for 'nothing there'. */
  const read =
    <T>(command: string, sign: string, parse: (text: string) => T) =>
    async (which: Which = null): Promise<Result<T>> => {
      const answer = await ask(command, which);
      if (!answer.ok) return answer;
      if (answer.value.trimStart().startsWith(sign)) return ok(parse(answer.value));
      return fail('router_unreachable', { reason: `no answer to ${command}` });
    };
  return {
    ask,
    servers: read('show servers state', '1\n# be_id', readServers),
    statistics: read('show stat -1 4 -1', '# pxname', readStatistics),
    connections: read('show stat -1 1 -1', '# pxname', readConnections),
    routes: read(`show map ${files.routes}`, '0x', readMap), // the mark of the table is always in it
    answers: read('show table answers', '# table: answers', (text) => readCounters(text, 'http_req_cnt')),
    unanswered: read('show table unanswered', '# table: unanswered', (text) => readCounters(text, 'gpc0')),
    streams: read('show sess', '0x', readStreams), // the one who asks is among them
    structure: read('show info', 'Name: HAProxy', (text) => readInfo(text, 'description')),
    pid: read('show info', 'Name: HAProxy', (text) => Number(readInfo(text, 'Pid'))),
    async processes() {
      const answer = await tellMaster('show proc');
      return answer.ok ? ok(readProcesses(answer.value)) : answer;
    },
    reload: () => tellMaster('reload'),
    /** Several commands in one go; the first that is not answered by nothing or as expected is a failure. */
    async all(commands: readonly string[], accepted: RegExp, which: Which = null): Promise<Result<null>> {
      for (const command of commands) {
        const answer = await ask(command, which);
        if (!answer.ok) return answer;
        const text = answer.value.trim();
        if (text !== '' && !accepted.test(text))
          return fail('haproxy_refused', { command: firstLine(command), answer: firstLine(text) });
      }
      return ok(null);
    },
  };
}

const masterAttempts = 80;

export type Runtime = ReturnType<typeof runtimeOf>;

const firstLine = (text: string) => text.split('\n')[0] ?? '';
