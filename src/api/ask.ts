import type { z } from 'zod';
import type { RouteKey, Routes } from './routes.ts';
import type { View } from './schemas/base.ts';

type Names<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Names<Rest>
  : never;

type Part<K extends RouteKey, Field extends 'query' | 'body'> =
  Routes[K] extends Record<Field, infer S extends z.ZodType>
    ? Record<never, never> extends z.input<S>
      ? { readonly [F in Field]?: View<z.input<S>> }
      : { readonly [F in Field]: View<z.input<S>> }
    : object;

type Params<K extends RouteKey> = [Names<K>] extends [never]
  ? object
  : { readonly params: { readonly [N in Names<K>]: string } };

/** What a route is asked with: names in its path, query and body, as its schemas take them. */
export type AskOf<K extends RouteKey> = Params<K> & Part<K, 'query'> & Part<K, 'body'>;

/** What it answers. */
export type AnswerOf<K extends RouteKey> = View<z.output<Routes[K]['answer']>>;

/** How long an answer may take, in milliseconds; longer work is begun by one ask and looked at by others. */
export const answerWithin = 130_000;

export interface Line {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: unknown;
}

/** The same for any route. */
export interface Ask {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
}

/** The request line of a route; what stands in the path is escaped, and what is undefined in the query left out. */
export function lineOf(key: RouteKey, { params = {}, query = {}, body }: Ask): Line {
  const [method = 'GET', template = '/'] = key.split(' ');
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return { method, path: search.size === 0 ? path : `${path}?${search.toString()}`, body };
}
