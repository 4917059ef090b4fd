import { z } from 'zod';
import { name, names } from './fields.ts';
import {
  examineRequest,
  holdRequest,
  loginRequest,
  operationRequest,
  stepRequest,
} from './recovery-requests.ts';
import {
  approveRequest,
  downRequest,
  intentRequest,
  releaseRequest,
  rollbackRequest,
  upRequest,
} from './requests.ts';
import {
  accessSchema,
  linkRequest,
  linkSchema,
  newTokenSchema,
  type Permission,
  sessionRequest,
  tokenRequest,
  tokenSchema,
} from './schemas/access.ts';
import { acceptedSchema, probeSchema } from './schemas/accepted.ts';
import { auditSchema, chainSchema, checkSchema, flagSchema } from './schemas/declared.ts';
import { comparisonSchema, environmentSchema, promotionRequest } from './schemas/environments.ts';
import { explainSchema, historyItemSchema } from './schemas/history.ts';
import { logSchema } from './schemas/logs.ts';
import { planSchema } from './schemas/plan.ts';
import { holdSchema } from './schemas/recovery-records.ts';
import {
  examinedSchema,
  loginSchema,
  operationSchema,
  tableDifferenceSchema,
} from './schemas/recovery-work.ts';
import { evidenceSchema, recoverySchema } from './schemas/recovery.ts';
import { statusSchema } from './schemas/status.ts';
import { systemSchema } from './schemas/system.ts';
import { timelineEntrySchema } from './schemas/timeline.ts';
import { trafficSampleSchema, trafficSchema } from './schemas/traffic.ts';

/** One thing that can be asked of a control plane over HTTP. */
export interface Route {
  readonly summary: string;
  /** null: anybody may, also who is not logged in. */
  readonly needs: Permission | null;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
  /** 200 when left out. */
  readonly status?: 200 | 201 | 202;
  /** What the answer is made of, where it is a stream of `answer`s. */
  readonly stream?: 'events' | 'lines';
}

const number = z.coerce.number().int();

/** Every route of the API, by method and path: the server answers exactly these, and `/openapi.json` describes them. */
export const routes = {
  'GET /v1/control': {
    summary: 'Which system is served here',
    needs: 'view',
    answer: z.strictObject({
      system: z.string(),
      folder: z.string(),
      environments: z.array(z.string()),
      leads: z.array(z.string()),
    }),
  },
  'POST /v1/control/shutdown': {
    summary: 'End the control plane; everything else goes on',
    needs: 'administer',
    answer: z.strictObject({ ending: z.literal(true) }),
  },
  'POST /v1/control/keys': {
    summary: 'Make new keys; those before are good for nothing from then on',
    needs: 'administer',
    answer: z.strictObject({ changed: z.boolean() }),
  },
  'GET /v1/access': { summary: 'Who I am here, and what I may', needs: 'view', answer: accessSchema },
  'POST /v1/access/session': {
    summary: 'Log a browser in',
    needs: null,
    body: sessionRequest,
    answer: accessSchema,
  },
  'DELETE /v1/access/session': {
    summary: 'Log it out',
    needs: null,
    answer: z.strictObject({ ended: z.boolean() }),
  },
  'POST /v1/access/links': {
    summary: 'A link that opens the dashboard once',
    needs: 'administer',
    body: linkRequest,
    answer: linkSchema,
    status: 201,
  },
  'GET /v1/access/tokens': {
    summary: 'Tokens, the newest first',
    needs: 'administer',
    answer: z.array(tokenSchema),
  },
  'POST /v1/access/tokens': {
    summary: 'Make a token',
    needs: 'administer',
    body: tokenRequest,
    answer: newTokenSchema,
    status: 201,
  },
  'DELETE /v1/access/tokens/{id}': {
    summary: 'Revoke a token',
    needs: 'administer',
    answer: z.strictObject({ revoked: z.boolean() }),
  },
  'GET /v1/audit': {
    summary: 'Who did what, the newest first',
    needs: 'view',
    query: z.strictObject({
      environment: name.optional(),
      limit: number.min(1).max(1_000).default(200),
    }),
    answer: z.array(auditSchema),
  },
  'GET /v1/audit/chains': {
    summary: 'Whether each journal is still what was written; all of them are read for it',
    needs: 'view',
    query: z.strictObject({ environment: name.optional() }),
    answer: z.array(chainSchema),
  },
  'GET /v1/environments': {
    summary: 'All declared environments',
    needs: 'view',
    answer: z.array(environmentSchema),
  },
  'GET /v1/environments/{environment}/status': {
    summary: 'What runs now',
    needs: 'view',
    answer: statusSchema,
  },
  'GET /v1/environments/{environment}/system': {
    summary: 'The system as it is declared here',
    needs: 'view',
    answer: systemSchema,
  },
  'GET /v1/environments/{environment}/history': {
    summary: 'Releases and how they ended, the newest first',
    needs: 'view',
    answer: z.array(historyItemSchema),
  },
  'GET /v1/environments/{environment}/explain': {
    summary: 'Why a release ended as it did',
    needs: 'view',
    query: z.strictObject({ release: number.positive().optional() }),
    answer: explainSchema,
  },
  'GET /v1/environments/{environment}/compare': {
    summary: 'What differs between two releases',
    needs: 'view',
    query: z.strictObject({ from: number.positive(), to: number.positive() }),
    answer: comparisonSchema,
  },
  'GET /v1/environments/{environment}/plan': {
    summary: 'What "up" or "release" would change',
    needs: 'view',
    query: z.strictObject({ strategy: z.enum(['rolling', 'canary', 'blue-green']).optional() }),
    answer: planSchema,
  },
  'GET /v1/environments/{environment}/events': {
    summary: 'The journal in sentences, as server-sent events; the id is the sequence',
    needs: 'view',
    query: z.strictObject({
      after: number.min(0).default(0),
      follow: z.enum(['true', 'false']).default('true'),
    }),
    answer: timelineEntrySchema,
    stream: 'events',
  },
  'GET /v1/environments/{environment}/traffic': {
    summary: 'What each revision answered, the last two hours at most',
    needs: 'view',
    query: z.strictObject({ since: number.min(0).default(0) }),
    answer: trafficSchema,
  },
  'GET /v1/environments/{environment}/traffic/events': {
    summary: 'The same from now on, four times a second, as server-sent events',
    needs: 'view',
    answer: trafficSampleSchema,
    stream: 'events',
  },
  'GET /v1/environments/{environment}/logs': {
    summary: 'Lines that services print, one JSON document each',
    needs: 'view',
    query: z.strictObject({
      /** Names with commas between; left out: all. */
      service: names.optional(),
      lines: number.min(0).max(10_000).default(100),
      follow: z.enum(['true', 'false']).default('false'),
      /** Only lines that hold this text. */
      match: z.string().max(200).optional(),
    }),
    answer: logSchema,
    stream: 'lines',
  },
  'GET /v1/environments/{environment}/checks': {
    summary: 'Declared checks, and what they said last',
    needs: 'view',
    answer: z.array(checkSchema),
  },
  'GET /v1/environments/{environment}/flags': {
    summary: 'Declared flags',
    needs: 'view',
    answer: z.array(flagSchema),
  },
  'POST /v1/environments/{environment}/probe': {
    summary: 'Run all checks now',
    needs: 'deploy',
    answer: z.array(probeSchema),
  },
  'POST /v1/environments/{environment}/up': {
    summary: 'Bring it to its declared state',
    needs: 'deploy',
    body: upRequest,
    answer: acceptedSchema,
    status: 202,
  },
  'POST /v1/environments/{environment}/down': {
    summary: 'Stop it; data are kept unless they are to be erased',
    needs: 'administer',
    body: downRequest,
    answer: acceptedSchema,
    status: 202,
  },
  'POST /v1/environments/{environment}/releases': {
    summary: 'Snapshot the system and roll it out',
    needs: 'deploy',
    body: releaseRequest,
    answer: acceptedSchema,
    status: 202,
  },
  'POST /v1/environments/{environment}/promotions': {
    summary: 'Roll out what another environment runs',
    needs: 'deploy',
    body: promotionRequest,
    answer: acceptedSchema,
    status: 202,
  },
  'POST /v1/environments/{environment}/rollback': {
    summary: 'Go back to a release from before',
    needs: 'deploy',
    body: rollbackRequest,
    answer: acceptedSchema,
    status: 202,
  },
  'POST /v1/environments/{environment}/approve': {
    summary: 'Agree to the release that waits for it',
    needs: 'approve',
    body: approveRequest,
    answer: acceptedSchema,
    status: 202,
  },
  'POST /v1/environments/{environment}/abort': intent('Take the release back'),
  'POST /v1/environments/{environment}/promote': intent('End the present step'),
  'POST /v1/environments/{environment}/pause': intent('Stop the way forward; safety rules go on'),
  'POST /v1/environments/{environment}/resume': intent('Go on with it'),
  'GET /v1/environments/{environment}/recovery': {
    summary: 'How safe everything is',
    needs: 'view',
    answer: recoverySchema,
  },
  'GET /v1/environments/{environment}/recovery/evidence': {
    summary: 'What recovery has left in the journal, oldest first',
    needs: 'view',
    query: z.strictObject({ limit: number.min(1).max(1_000).default(100) }),
    answer: z.array(evidenceSchema),
  },
  'POST /v1/environments/{environment}/recovery/steps': {
    summary: 'Note a step of a runbook',
    needs: 'administer',
    body: stepRequest,
    answer: z.strictObject({ recorded: z.literal(true) }),
  },
  'POST /v1/environments/{environment}/recovery/operations': {
    summary:
      'Begin a copy, a restore, an exchange, a drill or new secrets; copies and drills need less than the others',
    needs: 'deploy',
    body: operationRequest,
    answer: operationSchema,
    status: 202,
  },
  'GET /v1/environments/{environment}/recovery/operations/{id}': {
    summary: 'How far it is',
    needs: 'view',
    answer: operationSchema,
  },
  'POST /v1/environments/{environment}/recovery/sides/{id}/differences': {
    summary: 'Rows of a restored store beside those of the running one',
    needs: 'administer',
    answer: z.array(tableDifferenceSchema),
  },
  'POST /v1/environments/{environment}/recovery/sides/{id}/login': {
    summary: 'How to get into a restored store, with its password; the journal says who asked',
    needs: 'administer',
    body: loginRequest,
    answer: loginSchema,
  },
  'POST /v1/environments/{environment}/recovery/examine': {
    summary: 'Read all of a store and say what does not fit',
    needs: 'deploy',
    body: examineRequest,
    answer: z.array(examinedSchema),
  },
  'POST /v1/environments/{environment}/recovery/holds': {
    summary: 'Keep copies whatever their age',
    needs: 'administer',
    body: holdRequest,
    answer: holdSchema,
    status: 201,
  },
  'DELETE /v1/environments/{environment}/recovery/holds/{id}': {
    summary: 'End a hold',
    needs: 'administer',
    answer: z.strictObject({ released: z.literal(true) }),
  },
} as const satisfies Readonly<Record<string, Route>>;

function intent<const S extends string>(summary: S) {
  return {
    summary,
    needs: 'deploy',
    body: intentRequest,
    answer: acceptedSchema,
    status: 202,
  } as const;
}

export type Routes = typeof routes;
export type RouteKey = keyof Routes;
