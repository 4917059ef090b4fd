import { body, idempotent, problem } from 'fairway-kit/hono';
import { type Context, Hono } from 'hono';
import { allow } from './access.ts';
import {
  changedFields,
  type Customer,
  customerFieldsSchema,
  customerIdOf,
  customerView,
} from './domain/customer.ts';
import { customerQuerySchema, idSchema, nextOf } from './domain/paging.ts';
import { queryOf } from './query.ts';
import { bodies, trailFull, type Web, type World } from './world.ts';

/** Customers, newest first, found by a part of their name, address or company. Every access is on record. */
export function customerRoutes(world: World): Hono<Web> {
  const { repository, cache, trail, clock } = world;
  const routes = new Hono<Web>();
  const mayRead = allow(world, 'customers:read');
  const mayWrite = allow(world, 'customers:write');
  const once = idempotent(world.idempotency, (c: Context<Web>) => c.var.caller.userId, bodies);

  routes.get('/', mayRead, async (c) => {
    const query = queryOf(c, customerQuerySchema);
    if (!query.ok) return query.response;
    const found = await repository.customers(query.value);
    const detail = `${found.length} found`;
    if (!trail.note({ action: 'customer.listed', subject: null, by: c.var.caller, detail }))
      return trailFull(c);
    return c.json({ items: found.map(customerView), next: nextOf(found, query.value) });
  });

  routes.post('/', mayWrite, once, async (c) => {
    const read = await body(c, customerFieldsSchema, bodies);
    if (!read.ok) return read.response;
    const by = c.var.caller;
    const now = clock.now();
    const id = customerIdOf(by.userId, c.req.header('idempotency-key') ?? '');
    const customer = { ...read.value, id, version: 1, createdAt: now, changedAt: now };
    const entry = trail.entry({ action: 'customer.added', subject: id, by });
    const outcome = await repository.addCustomer(customer, entry);
    if (outcome === 'email_taken') return emailTaken(c);
    const held = outcome === 'there' ? await repository.customer(id) : customer;
    if (held === null || changedFields(held, read.value).length > 0)
      return problem(c, 409, 'key_used', 'This Idempotency-Key has added another customer. Use a new one.');
    if (outcome === 'added') trail.tell(entry);
    await keep(held);
    c.header('location', `/customers/${id}`);
    return shown(c, held, 201);
  });

  routes.get('/:id', mayRead, async (c) => {
    const id = idSchema.safeParse(c.req.param('id')).data;
    const customer = id === undefined ? null : await look(id);
    const outcome = customer === null ? 'refused' : 'done';
    const isNoted = trail.note({
      action: 'customer.read',
      subject: id ?? null,
      by: c.var.caller,
      ...{ outcome, detail: customer === null ? 'missing' : null },
    });
    if (!isNoted) return trailFull(c);
    return customer === null ? missing(c) : shown(c, customer, 200);
  });

  routes.put('/:id', mayWrite, async (c) => {
    const id = idSchema.safeParse(c.req.param('id')).data;
    const expected = expectedOf(c);
    if (id === undefined) return missing(c);
    if (expected === undefined) return unreadable(c);
    const read = await body(c, customerFieldsSchema, bodies);
    if (!read.ok) return read.response;
    const entry = trail.entry({ action: 'customer.changed', subject: id, by: c.var.caller });
    const withFields = (fields: readonly string[]) => ({ ...entry, detail: fields.join(', ') });
    const change = { fields: read.value, expected, now: clock.now() };
    const changed = await repository.changeCustomer(id, change, withFields);
    if (changed.is === 'missing') return missing(c);
    if (changed.is === 'email_taken') return emailTaken(c);
    if (changed.is === 'changed_meanwhile') return changedMeanwhile(c, changed.version);
    trail.tell(withFields(changed.fields));
    await keep(changed.customer);
    return shown(c, changed.customer, 200);
  });

  routes.delete('/:id', allow(world, 'customers:delete'), async (c) => {
    const id = idSchema.safeParse(c.req.param('id')).data;
    const expected = expectedOf(c);
    if (id === undefined) return missing(c);
    if (expected === undefined) return unreadable(c);
    const entry = trail.entry({ action: 'customer.removed', subject: id, by: c.var.caller });
    const removed = await repository.removeCustomer(id, expected, entry);
    if (removed.is === 'missing') return missing(c);
    if (removed.is === 'changed_meanwhile') return changedMeanwhile(c, removed.version);
    trail.tell(entry);
    await cache.keepWritten('customer', id, { version: removed.version + 1, value: null });
    return c.body(null, 204);
  });

  const keep = (customer: Customer) =>
    cache.keepWritten('customer', customer.id, { version: customer.version, value: customer });

  async function look(id: string): Promise<Customer | null> {
    const copy = await cache.find<Customer>('customer', id);
    if (copy !== null) return copy.value;
    const customer = await repository.customer(id);
    if (customer !== null)
      await cache.keepRead('customer', id, { version: customer.version, value: customer });
    return customer;
  }

  return routes;
}

function shown(c: Context, customer: Customer, status: 200 | 201): Response {
  c.header('etag', `"${customer.version}"`);
  c.header('cache-control', 'private, no-cache');
  return c.json(customerView(customer), status);
}

/** The version that If-Match names; null: any; undefined: not readable. */
function expectedOf(c: Context): number | null | undefined {
  const given = c.req.header('if-match');
  if (given === undefined || given === '*') return null;
  const version = /^"(\d{1,9})"$/.exec(given)?.[1];
  return version === undefined ? undefined : Number(version);
}

const missing = (c: Context) => problem(c, 404, 'customer_missing', 'There is no such customer.');
const emailTaken = (c: Context) => problem(c, 409, 'email_taken', 'Another customer has this address.');
const unreadable = (c: Context) =>
  problem(c, 400, 'if_match_wrong', 'If-Match is the ETag of a customer, such as "3".');

function changedMeanwhile(c: Context, version: number): Response {
  c.header('etag', `"${version}"`);
  return problem(
    c,
    412,
    'changed_meanwhile',
    'Somebody has changed the customer since. Read it again first.',
  );
}
