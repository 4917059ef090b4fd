import type { Hono } from 'hono';
import type { Database } from 'fairway-kit/postgres';
import { isWeek } from '../common/weeks.ts';
import { simulationKey } from '../common/jobs.ts';
import { numberField, oneOf, orElse, shape, textField } from '../common/shape.ts';
import { accepted, orderRoutes } from './orders.ts';
import { isId } from './paging.ts';
import type { Perform, UserWeb, Writes } from './writes.ts';

interface Needs {
  readonly database: Database;
  readonly writes: Writes;
  readonly isBinanceOn: boolean;
  /** Results of simulations live for an hour; null when the hour is over or they cannot be read. */
  readonly recall: (key: string) => Promise<string | null>;
}

/** The four things the workers can be asked for. */
export function orderKinds({
  database,
  writes,
  isBinanceOn,
  recall,
}: Needs): Readonly<Record<string, Hono<UserWeb>>> {
  const around = { database, writes };
  return {
    '/imports': orderRoutes({ ...around, kind: 'import', name: 'imports', order: orderImport(isBinanceOn) }),
    '/digests': orderRoutes({ ...around, kind: 'digest', name: 'digests', order: orderDigest }),
    '/exports': orderRoutes({ ...around, kind: 'export', name: 'exports', order: orderExport }),
    '/simulations': orderRoutes({
      ...around,
      kind: 'simulation',
      name: 'simulations',
      order: orderSimulation,
      async complete(view) {
        if (view.state !== 'done') return view;
        const result = await recall(simulationKey(view.id));
        return result === null
          ? { ...view, result: null, expired: true }
          : { ...view, result: JSON.parse(result) as object };
      },
    }),
  };
}

const parseImport = shape({
  source: oneOf('csv', 'binance', 'broker', 'synthetic'),
  keyId: orElse(textField({ most: 36 }), null),
  text: orElse(textField({ most: 1_000_000 }), null),
  fills: orElse(numberField(1, 5_000, 'whole'), 100),
  seed: orElse(numberField(0, 4_294_967_295, 'whole'), 1),
});

function orderImport(isBinanceOn: boolean): Perform {
  return async ({ order }, body) => {
    const request = parseImport(body);
    if (!request.ok) return { status: 422, ...request };
    const { source, text, keyId, fills, seed } = request.value;
    if (source === 'synthetic') return accepted('import', await order('import', { source, fills, seed }));
    if (source !== 'csv' && !isBinanceOn) {
      return { status: 422, code: 'binance_off', detail: 'Imports from Binance are switched off.' };
    }
    if (source === 'broker') {
      if (keyId === null || !isId(keyId))
        return { status: 422, code: 'body_wrong', detail: '"keyId" must be the id of a key of a broker.' };
      return accepted('import', await order('import', { source, keyId }));
    }
    if (text === null)
      return { status: 422, code: 'body_wrong', detail: '"text" must be the lines of the file.' };
    return accepted('import', await order('import', { source, text }));
  };
}

const parseSimulation = shape({
  seed: orElse(numberField(0, 4_294_967_295, 'whole'), 1),
  paths: orElse(numberField(10, 10_000, 'whole'), 1_000),
  trades: orElse(numberField(1, 500, 'whole'), 100),
  winShare: numberField(0, 1),
  gain: numberField(0, 100),
  loss: numberField(0, 100),
});

const orderSimulation: Perform = async ({ order }, body) => {
  const request = parseSimulation(body);
  if (!request.ok) return { status: 422, ...request };
  return accepted('simulation', await order('simulation', request.value));
};

const parseDigest = shape({ week: textField({ most: 8 }) });

const orderDigest: Perform = async ({ order }, body) => {
  const request = parseDigest(body);
  if (!request.ok) return { status: 422, ...request };
  const { week } = request.value;
  if (!isWeek(week))
    return { status: 422, code: 'body_wrong', detail: '"week" must be a week such as 2025-W07.' };
  return accepted('digest', await order('digest', { week }));
};

const parseExport = shape({ format: oneOf('json', 'csv') });

const orderExport: Perform = async ({ order }, body) => {
  const request = parseExport(body);
  if (!request.ok) return { status: 422, ...request };
  return accepted('export', await order('export', request.value));
};
