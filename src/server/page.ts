/** The status page: one screen, no build step; its script fills it from the API. */
export function page(system: string): string {
  const title = escape(system);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Fairway</title>
<style>
  :root { color-scheme: light dark; --line: #8883; --quiet: #888; --stable: #3b82c4; --canary: #d97706; }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.3rem; margin: 0; } h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
  table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums; }
  th { font-weight: 600; } .quiet { color: var(--quiet); }
  .bar { display: flex; height: 1.4rem; border-radius: .3rem; overflow: hidden; margin: .5rem 0; color: #fff; font-size: .8rem; line-height: 1.4rem; }
  .bar div { transition: flex-grow .4s; overflow: hidden; white-space: nowrap; text-indent: .5rem; }
  .stable { background: var(--stable); } .canary { background: var(--canary); }
  ol { padding-left: 0; list-style: none; } ol time { color: var(--quiet); margin-right: .75rem; }
</style>
</head>
<body>
<h1>${title}</h1>
<p id="summary" class="quiet" role="status">Loading…</p>
<section id="rollout"></section>
<section><h2>Services</h2><table><thead><tr><th>service</th><th>address</th><th>replicas</th><th>revision</th></tr></thead><tbody id="services"></tbody></table></section>
<section><h2>Stores</h2><table><thead><tr><th>store</th><th>state</th><th>address</th></tr></thead><tbody id="stores"></tbody></table></section>
<section><h2>Timeline</h2><ol id="timeline"></ol></section>
<script type="module" src="/page.js"></script>
</body>
</html>
`;
}

function escape(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
