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
  return (reason: FastifyError, _: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { statusCode = 500 } = reason;
    if (statusCode < 500) return problem(reply, statusCode, reason.code.toLowerCase(), reason.message);
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
