import { randomBytes, randomUUID } from 'node:crypto';
import type { Answers } from '../ask.ts';

const day = 86_400_000;
const began = Date.now();

interface Token {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly approves: readonly string[] | null;
  readonly createdAt: number;
  readonly by: string;
  readonly until: number | null;
  readonly lastUsedAt: number | null;
  state: string;
}

const tokens: Token[] = [
  ['ci', 'deployer', 3, 87, began - 540_000, 'good'],
  ['olga-laptop', 'admin', 20, 70, began - 30_000, 'good'],
  ['release-board', 'viewer', 41, null, began - 4_000, 'good'],
  ['jonas', 'approver', 60, 30, null, 'good'],
  ['ci-old', 'deployer', 120, -30, began - 31 * day, 'ended'],
  ['contractor', 'deployer', 150, 40, began - 61 * day, 'revoked'],
].map(([name, role, since, left, lastUsedAt, state]) => ({
  id: randomUUID(),
  name: String(name),
  role: String(role),
  approves: role === 'approver' ? ['risk-manager'] : null,
  createdAt: began - Number(since) * day,
  by: 'olga',
  until: left === null ? null : began + Number(left) * day,
  lastUsedAt: lastUsedAt === null ? null : Number(lastUsedAt),
  state: String(state),
}));

export const tokenAnswers: Answers = {
  'GET /v1/access/tokens': () => tokens,
  'POST /v1/access/tokens': ({ body }) => {
    const asked = body as Pick<Token, 'name' | 'role' | 'approves'> & { readonly days: number | null };
    const made: Token = {
      id: randomUUID(),
      name: asked.name,
      role: asked.role,
      approves: asked.approves,
      createdAt: Date.now(),
      by: 'maria',
      until: asked.days === null ? null : Date.now() + asked.days * day,
      lastUsedAt: null,
      state: 'good',
    };
    tokens.unshift(made);
    return { ...made, token: `fw_${randomBytes(32).toString('base64url')}` };
  },
  'DELETE /v1/access/tokens/{id}': ({ params }) => {
    for (const token of tokens) if (token.id === params['id']) token.state = 'revoked';
    return { revoked: true };
  },
  'POST /v1/access/links': () => ({
    url: `http://127.0.0.1:4180/login#code=${randomBytes(16).toString('base64url')}`,
    until: Date.now() + 600_000,
  }),
};
