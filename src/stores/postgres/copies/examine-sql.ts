/** Everything that holds rows: tables, materialized views, what is stored beside them (TOAST), of the system too. */
export const relations = `
  SELECT c.oid::text AS oid, format('%I.%I', n.nspname, c.relname) AS name, c.relkind AS kind,
         n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AS own
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'm', 't') AND c.relpersistence <> 't' ORDER BY 2`;

/** Indexes that can be held against their tables. */
export const indexes = `
  SELECT c.oid::text AS oid, format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_am a ON a.oid = c.relam
   WHERE a.amname = 'btree' AND c.relkind = 'i' AND c.relpersistence <> 't' AND i.indisready AND i.indisvalid
   ORDER BY 2`;

/** Those a restored server would refuse to use: their building was never finished. */
export const invalidIndexes = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE NOT i.indisvalid ORDER BY 1`;

/**
 * A query per foreign key that counts rows without their counterpart; the comparison is the constraint's own. Rows with a
 * null in the key have none (MATCH SIMPLE), or are left to the server (MATCH FULL).
 */
export const foreignKeys = `
  SELECT format('%I.%I: %I', n.nspname, c.relname, k.conname) AS name,
         format('SELECT count(*)::text AS broken FROM ONLY %I.%I AS child WHERE %s AND NOT EXISTS (SELECT FROM %I.%I AS parent WHERE %s)',
           n.nspname, c.relname,
           string_agg(format('child.%I IS NOT NULL', ca.attname), ' AND ' ORDER BY pair.place),
           pn.nspname, p.relname,
           string_agg(format('parent.%I OPERATOR(%I.%s) child.%I', pa.attname, opn.nspname, op.oprname, ca.attname),
             ' AND ' ORDER BY pair.place)) AS query
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
   CROSS JOIN LATERAL unnest(k.conkey, k.confkey, k.conpfeqop) WITH ORDINALITY AS pair(child, parent, operator, place)
    JOIN pg_attribute ca ON ca.attrelid = k.conrelid AND ca.attnum = pair.child
    JOIN pg_attribute pa ON pa.attrelid = k.confrelid AND pa.attnum = pair.parent
    JOIN pg_operator op ON op.oid = pair.operator JOIN pg_namespace opn ON opn.oid = op.oprnamespace
   WHERE k.contype = 'f' AND c.relkind = 'r' AND k.convalidated AND k.conenforced AND NOT k.conperiod
   GROUP BY n.nspname, c.relname, k.conname, k.oid, pn.nspname, p.relname ORDER BY 1`;

/** A query per CHECK constraint that counts rows it does not hold for; a null holds. */
export const checks = `
  SELECT format('%I.%I: %I', n.nspname, c.relname, k.conname) AS name,
         format('SELECT count(*)::text AS broken FROM ONLY %I.%I WHERE NOT (%s)', n.nspname, c.relname,
           pg_get_expr(k.conbin, k.conrelid)) AS query
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE k.contype = 'c' AND c.relkind = 'r' AND k.convalidated AND k.conenforced
     AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`;
