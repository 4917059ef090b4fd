import { startJournal } from '../testing/journal.ts';
import { printed } from '../testing/processes.ts';
import { logIn } from '../testing/visitor.ts';
const j = await startJournal();
const d = await logIn(j.edge.url, 'demo@example.com');
console.log(
  (
    await d.post('/api/trades', {
      symbol: 'A',
      side: 'buy',
      quantity: '1',
      price: '1',
      executedAt: '2025-01-15T10:00:00Z',
    })
  ).body,
);
const r = await d.post('/api/simulations', { winShare: 0.5, gain: 1, loss: 1 });
console.log(r.body);
const fetchp = fetch(`${j.edge.url}/auth/me`, { headers: { cookie: d.cookie } });
await fetchp;
const t = performance.now();
console.log(await j.edge.stop(), performance.now() - t);
console.log(
  printed
    .join('')
    .split('\n')
    .filter((l) => !l.includes('"message":"request"'))
    .join('\n'),
);
await j.close();
