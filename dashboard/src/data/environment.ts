import { useParams } from '@tanstack/react-router';
import { useAnswer } from './answers.ts';

/** The environment that the address names. Only for pages below `/:environment`. */
export function useEnvironment(): string {
  const { environment }: { readonly environment?: string } = useParams({ strict: false });
  return environment ?? '';
}

/** What runs in it now. Events keep it fresh; it is asked now and then as well, for what leaves no entry. */
export function useStatus(environment: string) {
  return useAnswer(
    'GET /v1/environments/{environment}/status',
    { params: { environment } },
    { every: 10_000, when: environment !== '' },
  );
}
