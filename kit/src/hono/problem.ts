import type { Context, Env, ErrorHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { problemBody, problemType } from '../answer.ts';
import type { Log } from '../log.ts';
import { outageOf, outageSentences } from '../outage.ts';

/** An answer that says what is wrong: RFC 9457 problem details, with a code for programs. */
export function problem(c: Context, status: ContentfulStatusCode, code: string, detail: string): Response {
  return c.body(problemBody(status, code, detail), status, { 'content-type': problemType });
}

/** What nobody foresaw: logged with its stack, answered without. What is away for a moment is 503: the caller may try again. */
export function onUnforeseen<E extends Env>(log: Log): ErrorHandler<E> {
  return (reason, c) => {
    if (reason instanceof HTTPException) return reason.getResponse();
    log.error('unforeseen', { reason });
    const outage = outageOf(reason);
    if (outage === null) return problem(c, 500, 'unforeseen', unforeseen);
    c.header('retry-after', '1');
    return problem(c, 503, outage, outageSentences[outage]);
  };
}

const unforeseen = 'This should not have happened. It is logged under the request id.';
