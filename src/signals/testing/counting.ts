import { createServer } from 'node:http';

/**
 * A program that counts what it is asked, as services do: `/did?requests=5&failures=1&seconds=0.2` counts, `/metrics` tells.
 * `/break` makes it answer that page with 500 from then on, `/hang` with nothing. Prints its port.
 */
const [port = '0', label = ''] = process.argv.slice(2);
const began = process.hrtime.bigint();
const bounds = [0.1, 0.25, 0.5, 1];
const counts = { requests: 0, failures: 0, answers: 0, upTo: bounds.map(() => 0) };
let mode: 'well' | 'broken' | 'hung' | 'away' = 'well';

const server = createServer((incoming, response) => {
  const url = new URL(incoming.url ?? '/', 'http://localhost');
  const given = (name: string) => Number(url.searchParams.get(name) ?? 0);
  switch (url.pathname) {
    case '/did': {
      const good = given('requests') - given('failures');
      counts.requests += given('requests');
      counts.failures += given('failures');
      counts.answers += good;
      for (const [i, bound] of bounds.entries())
        if (given('seconds') <= bound) counts.upTo[i] = (counts.upTo[i] ?? 0) + good;
      response.end();
      return;
    }
    case '/break':
      mode = 'broken';
      response.end();
      return;
    case '/mend':
      mode = 'well';
      response.end();
      return;
    case '/hang':
      mode = 'hung';
      response.end();
      return;
    case '/away':
      mode = 'away';
      response.end();
      return;
    case '/metrics':
      if (mode === 'hung') return;
      if (mode === 'away') response.writeHead(302, { location: '/elsewhere' }).end();
      else if (mode === 'broken') response.writeHead(500).end();
      else response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(page());
      return;
    case '/elsewhere':
      response.end(page());
      return;
    default:
      response.end('ok');
  }
});

function page(): string {
  const own = label === '' ? '' : `,${label}`;
  return [
    '# TYPE process_start_time_seconds gauge',
    `process_start_time_seconds ${began}`,
    '# TYPE work_total counter',
    `work_total{outcome="good"${own}} ${counts.requests - counts.failures}`,
    `work_total{outcome="bad"${own}} ${counts.failures}`,
    '# TYPE work_seconds histogram',
    ...bounds.map((bound, i) => `work_seconds_bucket{le="${bound}"${own}} ${counts.upTo[i] ?? 0}`),
    `work_seconds_bucket{le="+Inf"${own}} ${counts.answers}`,
    `work_seconds_count{x="1"${own}} ${counts.answers}`,
    '',
  ].join('\n');
}

server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});
