import type { Queries } from 'fairway-kit/postgres';
import { changedFields, type Customer, foundBy } from '../domain/customer.ts';
import { addEntries } from './postgres-audit.ts';
import type { Repository } from './repository.ts';
import type { SteadyDatabase } from './steady.ts';
import { unlessTaken } from './unless-taken.ts';

type Row = Omit<Customer, 'createdAt' | 'changedAt'> & { readonly createdAt: Date; readonly changedAt: Date };

const columns =
  'id, name, email, phone, company, version, created_at AS "createdAt", changed_at AS "changedAt"';

const customerOf = (row: Row): Customer => ({
  ...row,
  createdAt: row.createdAt.getTime(),
  changedAt: row.changedAt.getTime(),
});

export const customerStatements = ({
  read,
  write,
}: SteadyDatabase): Pick<
  Repository,
  'customer' | 'customers' | 'addCustomer' | 'changeCustomer' | 'removeCustomer'
> => ({
  customer: (id) => read((queries) => find(queries, id)),

  async customers({ limit, search, after }) {
    const rows = await read((queries) =>
      queries.query<Row>(
        `SELECT ${columns} FROM customers
         WHERE ($2 = '' OR strpos(found_by, $2) > 0)
           AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid))
         ORDER BY created_at DESC, id DESC LIMIT $1`,
        [limit, search.toLowerCase(), after && new Date(after.createdAt), after && after.id],
      ),
    );
    return rows.map(customerOf);
  },

  addCustomer: (customer, entry) =>
    write(async (tx) => {
      if ((await find(tx, customer.id)) !== null) return 'there';
      const { id, name, email, phone, company, version, createdAt, changedAt } = customer;
      const times = [new Date(createdAt), new Date(changedAt)];
      const isAdded = await unlessTaken(tx, () =>
        tx.query(
          `INSERT INTO customers (id, name, email, phone, company, found_by, version, created_at, changed_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
          [id, name, email, phone, company, foundBy(customer), version, ...times],
        ),
      );
      if (!isAdded) return (await find(tx, id)) === null ? 'email_taken' : 'there'; // another attempt was faster
      await addEntries(tx, [entry]);
      return 'added';
    }),

  changeCustomer: (id, { fields, expected, now }, entryOf) =>
    write(async (tx) => {
      const held = await find(tx, id, 'FOR UPDATE');
      if (held === null) return { is: 'missing' };
      if (expected !== null && expected !== held.version)
        return { is: 'changed_meanwhile', version: held.version };
      const customer = { ...held, ...fields, version: held.version + 1, changedAt: now };
      const { name, email, phone, company, version } = customer;
      const isChanged = await unlessTaken(tx, () =>
        tx.query(
          `UPDATE customers SET name = $2, email = $3, phone = $4, company = $5, found_by = $6, version = $7,
             changed_at = $8 WHERE id = $1`,
          [id, name, email, phone, company, foundBy(customer), version, new Date(now)],
        ),
      );
      if (!isChanged) return { is: 'email_taken' };
      const changed = changedFields(held, fields);
      await addEntries(tx, [entryOf(changed)]);
      return { is: 'changed', customer, fields: changed };
    }),

  removeCustomer: (id, expected, entry) =>
    write(async (tx) => {
      const held = await find(tx, id, 'FOR UPDATE');
      if (held === null) return { is: 'missing' };
      if (expected !== null && expected !== held.version)
        return { is: 'changed_meanwhile', version: held.version };
      await tx.query('DELETE FROM customers WHERE id = $1', [id]);
      await addEntries(tx, [entry]);
      return { is: 'removed', version: held.version };
    }),
});

async function find(queries: Queries, id: string, lock: '' | 'FOR UPDATE' = ''): Promise<Customer | null> {
  const [row] = await queries.query<Row>(`SELECT ${columns} FROM customers WHERE id = $1 ${lock}`, [id]);
  return row === undefined ? null : customerOf(row);
}
