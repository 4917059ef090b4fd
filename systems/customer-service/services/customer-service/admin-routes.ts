import { randomUUID } from 'node:crypto';
import { hashPassword } from 'fairway-kit';
import { body, problem } from 'fairway-kit/hono';
import { Hono } from 'hono';
import { z } from 'zod';
import { allow } from './access.ts';
import { auditQuerySchema } from './domain/paging.ts';
import { roles } from './domain/roles.ts';
import { queryOf } from './query.ts';
import { bodies, trailFull, type Web, type World } from './world.ts';

const userSchema = z.strictObject({
  email: z.email().max(254).toLowerCase(),
  name: z.string().trim().min(1).max(200),
  role: z.enum(roles),
  password: z.string().min(12).max(1_000),
});

/** GET /audit for auditors and administrators, POST /users for administrators. */
export function adminRoutes(world: World): Hono<Web> {
  const { repository, trail, clock } = world;
  const routes = new Hono<Web>();

  routes.get('/audit', allow(world, 'audit:read'), async (c) => {
    const query = queryOf(c, auditQuerySchema);
    if (!query.ok) return query.response;
    const found = await repository.audit(query.value);
    const { action, actorId, subject } = query.value;
    const detail = [action, actorId, subject].filter((each) => each !== null).join(' ') || 'all';
    if (!trail.note({ action: 'audit.read', subject: null, by: c.var.caller, detail })) return trailFull(c);
    const next = found.length < query.value.limit ? null : (found.at(-1)?.seq ?? null);
    return c.json({ items: found.map((each) => ({ ...each, at: new Date(each.at).toISOString() })), next });
  });

  routes.post('/users', allow(world, 'users:write'), async (c) => {
    const read = await body(c, userSchema, bodies);
    if (!read.ok) return read.response;
    const { password, ...fields } = read.value;
    const user = { id: randomUUID(), ...fields, passwordHash: await hashPassword(password) };
    const entry = trail.entry({
      action: 'user.added',
      subject: user.id,
      by: c.var.caller,
      detail: user.role,
    });
    if (!(await repository.addUser(user, clock.now(), entry)))
      return problem(c, 409, 'email_taken', 'Another user has this address.');
    trail.tell(entry);
    return c.json({ id: user.id, ...fields }, 201);
  });

  return routes;
}
