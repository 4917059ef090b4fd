import type { Database } from 'fairway-kit/postgres';
import { ofClient, ofTenant } from '../common/tenancy.ts';
import type { Caller } from '../common/tokens.ts';

export interface Run {
  readonly kind: 'prompt' | 'call' | 'message';
  readonly subject: string;
  readonly output: string | null;
  readonly reference: string;
  readonly tokens: number;
}

export interface WorkflowRun {
  readonly id: string;
  readonly workflow: string;
  readonly state: 'recorded' | 'done' | 'failed';
  readonly result: unknown;
  readonly createdAt: Date;
}

const runColumns = `run_id AS id, kind, subject, output, vendor_reference AS reference, tokens,
  created_at AS "createdAt"`;
const workflowColumns = `workflow_run_id AS id, workflow, state, result, created_at AS "createdAt"`;

/** What was done, and what is to be paid for it: always both, or neither. */
export function createRunBook(database: Database) {
  return {
    add: ({ tenantId, clientId }: Caller, run: Run) =>
      database.transaction(async (tx) => {
        const queries = ofTenant(tx, tenantId);
        const [added] = await queries.query(
          `INSERT INTO runs (tenant_id, client_id, kind, subject, output, vendor_reference, tokens)
           VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${runColumns}`,
          [clientId, run.kind, run.subject, run.output, run.reference, run.tokens],
        );
        const used = run.kind === 'prompt' ? ['llm_tokens', run.tokens] : [`${run.kind}s`, 1];
        await queries.query(
          'INSERT INTO usage_events (tenant_id, client_id, meter, amount) VALUES ($1, $2, $3, $4)',
          [clientId, ...used],
        );
        return added;
      }),

    list: ({ tenantId, clientId }: Caller) =>
      ofTenant(database, tenantId).query(
        `SELECT ${runColumns} FROM runs WHERE tenant_id = $1 AND ${ofClient('$2')}
         ORDER BY created_at DESC LIMIT 50`,
        [clientId],
      ),

    async record({ tenantId, clientId }: Caller, workflow: string, input: object): Promise<WorkflowRun> {
      const [row] = await ofTenant(database, tenantId).query<WorkflowRun>(
        `INSERT INTO workflow_runs (tenant_id, client_id, workflow, input, state) VALUES ($1, $2, $3, $4, 'recorded')
         RETURNING ${workflowColumns}`,
        [clientId, workflow, JSON.stringify(input)],
      );
      if (row === undefined) throw new Error('an INSERT gave no row');
      return row;
    },

    async finish(tenantId: string, { id, state, result }: Pick<WorkflowRun, 'id' | 'state' | 'result'>) {
      const [row] = await ofTenant(database, tenantId).query<WorkflowRun>(
        `UPDATE workflow_runs SET state = $3, result = $4 WHERE tenant_id = $1 AND workflow_run_id = $2
         RETURNING ${workflowColumns}`,
        [id, state, JSON.stringify(result)],
      );
      return row;
    },

    workflows: ({ tenantId, clientId }: Caller) =>
      ofTenant(database, tenantId).query<WorkflowRun>(
        `SELECT ${workflowColumns} FROM workflow_runs WHERE tenant_id = $1 AND ${ofClient('$2')}
         ORDER BY created_at DESC LIMIT 50`,
        [clientId],
      ),
  };
}

export type RunBook = ReturnType<typeof createRunBook>;
