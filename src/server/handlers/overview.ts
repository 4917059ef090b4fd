import { ok } from '#kernel';
import type { Scene } from '../scene.ts';
import type { Views } from '../views/index.ts';
import type { Handlers } from './contract.ts';

/** What is declared, how environments stand to each other, and who did what. */
export function overviewHandlers({ known }: Pick<Scene, 'known'>, views: Views) {
  return {
    'GET /v1/environments': async () => ok(await views.environments()),
    'GET /v1/environments/{environment}/system': ({ environment }) => views.system(environment),
    'GET /v1/environments/{environment}/compare': ({ environment, query }) =>
      views.compare(environment, query.from, query.to),
    'GET /v1/environments/{environment}/checks': ({ environment }) => views.checks(environment),
    'GET /v1/environments/{environment}/flags': ({ environment }) => views.flags(environment),
    'GET /v1/audit/chains': async ({ query: { environment = null } }) => {
      const may = environment === null ? ok(null) : await known(environment); // a name mistyped has no journal that fits
      if (!may.ok) return may;
      const chains = await views.chains();
      return ok(chains.filter((chain) => environment === null || chain.environment === environment));
    },
    'GET /v1/audit': async ({ query: { environment = null, limit } }) => {
      const may = environment === null ? ok(null) : await known(environment); // what was read of it is remembered
      return may.ok ? ok(await views.audit(environment, limit)) : may;
    },
  } satisfies Partial<Handlers>;
}
