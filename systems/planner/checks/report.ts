import { check } from './check.ts';

const plan = {
  portfolio: 500_000,
  spending: 20_000,
  years: 20,
  equity: 50,
  inflation: 2,
  scenarios: 200,
  seed: 20_260,
};

/** Green: a PDF is made that opens again as the same plan, within 30 s. */
await check(30_000, async (ask) => {
  const pdf = new Uint8Array(await (await ask('/api/reports', { ...plan, title: 'Check' })).arrayBuffer());
  const opened = (await (await ask('/api/uploads', pdf)).json()) as { plan: Record<string, unknown> | null };
  const isSame = Object.entries(plan).every(([name, value]) => opened.plan?.[name] === value);
  if (!isSame) throw new Error(`the report opens as ${JSON.stringify(opened.plan)}`);
  return `a report of ${pdf.length} bytes opens as its plan`;
});
