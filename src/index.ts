import type { SystemInput } from '#core/system';

export type { EnvironmentInput, SystemInput } from '#core/system';

/**
 * Gives a `fairway.config.ts` its types. Every field is explained in the editor; `fairway check` says what does not fit
 * together.
 *
 * @example
 * export default defineSystem({
 *   name: 'hello',
 *   services: {
 *     web: { folder: 'web', command: ['node', 'main.ts'], exposure: 'public', probes: { ready: '/readyz' } },
 *   },
 *   environments: { dev: { target: 'local' } },
 * });
 */
export function defineSystem(definition: SystemInput): SystemInput {
  return definition;
}
