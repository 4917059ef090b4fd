import { QueryClient, useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { AnswerOf, AskOf, RouteKey } from '#api/browser';
import { Away, call, Refusal } from './call.ts';
import { onReturn } from './connection.ts';

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      gcTime: 300_000,
      // The connection asks again by itself, and its return refreshes everything: see `onReturn`.
      retry: false,
      networkMode: 'always',
      refetchOnWindowFocus: true,
    },
    mutations: { networkMode: 'always', retry: false },
  },
});

onReturn(() => void queries.invalidateQueries());

interface Options {
  /** Asked again so often, in milliseconds, while the page is seen. Left out: only when an event makes it stale. */
  readonly every?: number;
  /** false: it is not asked yet. */
  readonly when?: boolean;
}

/** Asks a route and keeps its answer fresh. */
export function useAnswer<K extends RouteKey>(
  key: K,
  ask: AskOf<K>,
  { every, when = true }: Options = {},
): UseQueryResult<AnswerOf<K>> {
  return useQuery<AnswerOf<K>>({
    queryKey: [key, ask],
    queryFn: ({ signal }) => call(key, ask, signal),
    enabled: when,
    ...(every === undefined ? {} : { refetchInterval: every }),
  });
}

/** Makes everything that was asked about an environment stale. */
export function refresh(environment: string): void {
  void queries.invalidateQueries({
    predicate: ({ queryKey }) => {
      const ask = queryKey[1] as { readonly params?: { readonly environment?: string } } | undefined;
      return ask?.params?.environment === environment || queryKey[0] === 'GET /v1/environments';
    },
  });
}

/** Whether the answer was a no because nobody is logged in. */
export const isLoggedOut = (reason: unknown): boolean =>
  reason instanceof Refusal && reason.problem.status === 401;

/** A failure in words: what happened, and what to do. */
export function inWords(reason: unknown): { readonly sentence: string; readonly hint: string } {
  if (reason instanceof Refusal) return { sentence: reason.problem.title, hint: reason.problem.hint };
  if (reason instanceof Away)
    return {
      sentence: 'The control plane does not answer.',
      hint: 'Your services go on without it; this page asks again by itself.',
    };
  return {
    sentence: 'This page made a mistake.',
    hint: `${reason instanceof Error ? reason.message : String(reason)}. Load it again; if that does not help, "fairway status" tells the same.`,
  };
}
