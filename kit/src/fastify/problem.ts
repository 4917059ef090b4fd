import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { problemBody, problemType } from '../answer.ts';
import type { Log } from '../log.ts';
import { outageOf, outageSentences } from '../outage.ts';

/** An answer that says what is wrong: RFC 9457 problem details, with a code for programs. */
export function problem(reply: FastifyReply, status: number, code: string, detail: string): FastifyReply {
  return reply
    .code(status)
    .header('content-type', problemType)
    .serializer(String)
    .send(problemBody(status, code, detail));
}

/** For `app.setErrorHandler`: what a client did wrong is told, what nobody foresaw is logged with its stack and answered without. */
export function onUnforeseen(log: Log) {
  return (reason: FastifyError | null, _: FastifyRequest, reply: FastifyReply): FastifyReply => {
    // Anything can be thrown: null, and errors with a status that have no code.
    const { statusCode = 500, code = 'refused', message = '' }: Partial<FastifyError> = reason ?? {};
    if (statusCode < 500) return problem(reply, statusCode, code.toLowerCase(), message);
    log.error('unforeseen', { reason });
    const outage = outageOf(reason);
    if (outage === null)
      return problem(
        reply,
        500,
        'unforeseen',
        'This should not have happened. It is logged under the request id.',
      );
    return problem(reply.header('retry-after', '1'), 503, outage, outageSentences[outage]);
  };
}
