import { parseArgs } from 'node:util';
import { candidates } from './candidates/index.ts';

export const parts = ['saturation', 'rate', 'sockets', 'routes', 'switch'] as const;
export type Part = (typeof parts)[number];

export interface Options {
  /** Of each sample. */
  readonly seconds: number;
  readonly rounds: number;
  readonly only: readonly string[];
  readonly parts: readonly Part[];
  /** Requests per second of the open loop. */
  readonly rates: readonly number[];
  readonly sockets: number;
  readonly routes: number;
  /** Seconds after which nothing more is begun. */
  readonly limit: number;
  readonly json: boolean;
}

export const usage = `npm run bench:router -- [options]
  --seconds S    length of each sample; of wrk whole seconds (1)
  --rounds N     (3)
  --only A,B     of ${candidates.map(({ name }) => name).join(', ')} (all)
  --parts A,B    of ${parts.join(', ')} (all)
  --rate R,R     requests per second of the latency samples (1000,4000)
  --sockets N    idle WebSockets (10000)
  --routes N     of the large table (1000)
  --limit S      begins nothing more after so many seconds, and says what is missing (225)
  --json         JSON instead of Markdown tables`;

/** A text says what is wrong with the arguments. */
export function readOptions(args: readonly string[]): Options | string {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seconds: { ...text, default: '1' },
        rounds: { ...text, default: '3' },
        only: { ...text, default: candidates.map(({ name }) => name).join(',') },
        parts: { ...text, default: parts.join(',') },
        rate: { ...text, default: '1000,4000' },
        sockets: { ...text, default: '10000' },
        routes: { ...text, default: '1000' },
        limit: { ...text, default: '225' },
        json: { type: 'boolean', default: false },
      },
    });
    return {
      seconds: positive('seconds', values.seconds),
      rounds: positive('rounds', values.rounds),
      only: chosen(
        values.only,
        candidates.map(({ name }) => name),
      ),
      parts: chosen(values.parts, parts),
      rates: values.rate.split(',').map((rate) => positive('rate', rate)),
      sockets: positive('sockets', values.sockets),
      routes: positive('routes', values.routes),
      limit: positive('limit', values.limit),
      json: values.json,
    };
  } catch (reason) {
    return reason instanceof Error ? reason.message : String(reason);
  }
}

function positive(name: string, value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new Error(`--${name} is a number above 0, not "${value}"`);
  return number;
}

function chosen<Name extends string>(value: string, all: readonly Name[]): readonly Name[] {
  const wanted = value.split(',').map((each) => each.trim());
  const unknown = wanted.find((each) => !all.some((name) => name === each));
  if (unknown !== undefined) throw new Error(`"${unknown}" is none of ${all.join(', ')}`);
  return all.filter((name) => wanted.includes(name));
}
