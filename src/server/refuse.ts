import type { Context } from 'hono';
import type { Problem } from '#api';
import { describeFailure, type Failure } from '#kernel';

/** Answers a failure as RFC 9457 problem details, worded by the catalogue. */
export function refuse(context: Context, failure: Failure, findings?: readonly string[]): Response {
  const { sentence, hint, status, exit } = describeFailure(failure);
  const problem: Problem = {
    type: `urn:fairway:error:${failure.code}`,
    title: sentence,
    status,
    code: failure.code,
    hint,
    exit,
    facts: failure.facts,
    ...(findings ? { findings } : {}),
  };
  return context.newResponse(JSON.stringify(problem), {
    status: status as 400,
    headers: { 'content-type': 'application/problem+json' },
  });
}

/** What somebody sent, in an answer. */
export const shortened = (text: string) => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
