import { expect, test } from 'vitest';
import { routeOf } from './routes.ts';

test.each([
  ['/api/prompts', 'prompt-svc', 'needed'],
  ['/api/prompts/17', 'prompt-svc', 'needed'],
  ['/api/auth/me', 'iam', 'needed'],
  ['/api/auth/login', 'iam', 'none'],
  ['/api/auth/google/callback', 'iam', 'none'],
  ['/api/plans', 'billing-usage', 'none'],
  ['/api/charges', 'payments', 'needed'],
] as const)('%s is answered by %s, session %s', (path, upstream, session) => {
  expect(routeOf(path)).toMatchObject({ upstream, session });
});

test.each(['/api', '/api/promptsx', '/api/auth/loginx/..', '/inside/sessions/1', '/apis/prompts', '/'])(
  '%s leads nowhere, or at least to no public route',
  (path) => {
    expect(routeOf(path)?.session ?? 'needed').toBe('needed');
  },
);

test('nothing of the inside is reachable', () => {
  expect([routeOf('/inside/sessions/1'), routeOf('/events'), routeOf('/api/inside')]).toEqual([
    null,
    null,
    null,
  ]);
});
