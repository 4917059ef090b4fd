import { type AnswerOf, answerWithin, type AskOf, lineOf, type Problem, type RouteKey } from '#api/browser';
import { later, learnTime } from './clock.ts';
import { reached, suspect, unreachable } from './connection.ts';

/** An answer that says no. What people read stands in `title` and `hint`. */
export class Refusal extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.title);
    this.problem = problem;
  }
}

/** After so many milliseconds without an answer it is asked whether anybody is there; the answer is still waited for. */
const slowAfter = 10_000;

/** Nobody answered: the control plane is away, or the network is. */
export class Away extends Error {}

/**
 * Asks the control plane. Throws a `Refusal` (it said no) or `Away` (nobody answered): the query layer keeps them apart.
 */
export async function call<K extends RouteKey>(
  key: K,
  ask: AskOf<K>,
  signal?: AbortSignal,
): Promise<AnswerOf<K>> {
  const deadline = AbortSignal.timeout(answerWithin);
  const response = await send(
    key,
    ask,
    signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
  );
  return (await response.json()) as AnswerOf<K>;
}

/** The same, with the answer as it comes: for streams of lines. */
export async function send<K extends RouteKey>(
  key: K,
  ask: AskOf<K>,
  signal?: AbortSignal,
): Promise<Response> {
  const { method, path, body } = lineOf(key, ask as Parameters<typeof lineOf>[1]);
  const answered = later(slowAfter, suspect);
  const response = await fetch(path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    credentials: 'same-origin',
    ...(signal === undefined ? {} : { signal }),
  })
    .catch((reason: unknown) => {
      if (signal?.aborted === true && !isTimeout(signal.reason)) throw reason;
      unreachable();
      throw new Away('nobody answered');
    })
    .finally(answered);
  learnTime(response.headers.get('date'));
  if (response.ok) {
    reached();
    return response;
  }
  throw await refusalOf(response);
}

const isTimeout = (reason: unknown) => reason instanceof DOMException && reason.name === 'TimeoutError';

/** A proxy in between may answer for a control plane that is gone, with a page of its own. */
async function refusalOf(response: Response): Promise<Refusal | Away> {
  const problem: unknown = await response.json().catch(() => null);
  if (isProblem(problem)) {
    reached();
    return new Refusal(problem);
  }
  if (response.status >= 502 && response.status <= 504) {
    unreachable();
    return new Away(`a proxy answered ${response.status}`);
  }
  return new Refusal({
    type: 'about:blank',
    title: `The answer was ${response.status}, without a reason.`,
    status: response.status,
    code: 'no_reason',
    hint: 'See the control plane\'s own lines, where "fairway serve" runs.',
    exit: 1,
  });
}

const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && 'code' in value && 'title' in value;
