import type { Context } from 'hono';
import type { z } from 'zod';
import type { AnswerOf, RouteKey, Routes } from '#api';
import type { Failure, Result } from '#kernel';

type Parsed<K extends RouteKey, Field extends 'query' | 'body'> =
  Routes[K] extends Record<Field, infer S extends z.ZodType> ? z.output<S> : undefined;

/** A request that fits its route. */
export interface Ask<K extends RouteKey> {
  /** Of a form that an environment can have; `''` where the path names none. */
  readonly environment: string;
  /** What stands in the path as `{id}`; `''` where it names none. */
  readonly id: string;
  readonly query: Parsed<K, 'query'>;
  /** What it says of who asks is true. */
  readonly body: Parsed<K, 'body'>;
  /** For streams and headers of the answer. */
  readonly context: Context;
}

/** Why something is refused; findings, one line each, say what is wrong where. */
export type Refused = Failure & { readonly findings?: readonly string[] };

/** Streams are answered as they are, everything else as JSON or problem details. */
type Answered<K extends RouteKey> = Routes[K] extends { readonly stream: string }
  ? Response | Result<never, Refused>
  : Result<AnswerOf<K>, Refused>;

export type Handler<K extends RouteKey> = (ask: Ask<K>) => Answered<K> | Promise<Answered<K>>;

/** Access registers its own routes: it decides who somebody is before anything else is asked. */
type OfAccess = Extract<RouteKey, `${string} /v1/access${string}`>;

/** Every other route with what answers it; one that is missing, or answers something else than it declares, does not compile. */
export type Handlers = { readonly [K in Exclude<RouteKey, OfAccess>]: Handler<K> };
