import type { Database } from 'fairway-kit/postgres';
import { ofClient, ofTenant } from '../common/tenancy.ts';
import type { Caller } from '../common/tokens.ts';

export interface Prompt {
  readonly id: string;
  readonly clientId: string | null;
  readonly title: string;
  readonly body: string;
  readonly createdBy: string;
  readonly createdAt: Date;
}

const columns = `prompt_id AS id, client_id AS "clientId", title, body, created_by AS "createdBy",
  created_at AS "createdAt"`;

type Whose = Pick<Caller, 'tenantId' | 'clientId'>;

export interface PromptBook {
  add(caller: Caller, prompt: Pick<Prompt, 'title' | 'body'>): Promise<Prompt>;
  /** The newest first; `before` is the id of the last one on the page before. */
  list(caller: Whose, page: { limit: number; before: string | null }): Promise<readonly Prompt[]>;
  find(caller: Whose, id: string): Promise<Prompt | null>;
}

export function createPromptBook(database: Database): PromptBook {
  return {
    async add({ tenantId, clientId, userId }, { title, body }) {
      const [prompt] = await ofTenant(database, tenantId).query<Prompt>(
        `INSERT INTO prompts (tenant_id, client_id, title, body, created_by)
         VALUES ($1, $2, $3, $4, $5) RETURNING ${columns}`,
        [clientId, title, body, userId],
      );
      if (prompt === undefined) throw new Error('an INSERT gave no row');
      return prompt;
    },
    list: ({ tenantId, clientId }, { limit, before }) =>
      ofTenant(database, tenantId).query<Prompt>(
        `SELECT ${columns} FROM prompts
         WHERE tenant_id = $1 AND ${ofClient('$4')} AND ($3::uuid IS NULL OR (created_at, prompt_id) <
           (SELECT created_at, prompt_id FROM prompts WHERE tenant_id = $1 AND prompt_id = $3))
         ORDER BY created_at DESC, prompt_id DESC LIMIT $2`,
        [limit, before, clientId],
      ),
    async find({ tenantId, clientId }, id) {
      const [prompt] = await ofTenant(database, tenantId).query<Prompt>(
        `SELECT ${columns} FROM prompts WHERE tenant_id = $1 AND prompt_id = $2 AND ${ofClient('$3')}`,
        [id, clientId],
      );
      return prompt ?? null;
    },
  };
}
