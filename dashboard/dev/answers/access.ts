import { type Answers, problem } from '../ask.ts';

const permitted: Readonly<Record<string, readonly string[]>> = {
  viewer: ['view'],
  deployer: ['view', 'deploy'],
  approver: ['view', 'approve'],
  admin: ['view', 'deploy', 'approve', 'administer'],
};

const accessOf = (role: string) => ({
  name: 'maria',
  role,
  permissions: permitted[role] ?? [],
  approves: null,
  via: 'session',
  until: Date.now() + 86_400_000,
  system: 'trading-journal',
});

/** Who is logged in. The token `wrong` is one. */
export const accessAnswers: Answers = {
  'GET /v1/access': ({ story }) => accessOf(story.role),
  'POST /v1/access/session': ({ body, story, response }) => {
    if ((body as { readonly token?: string } | null)?.token === 'wrong')
      return problem(
        response,
        401,
        'token_unknown',
        'This token is not known here.',
        'It may have ended or been revoked; ask an admin for another one.',
      );
    story.role = 'admin';
    return accessOf('admin');
  },
  'DELETE /v1/access/session': ({ story }) => {
    story.role = 'none';
    return { ended: true };
  },
};
