import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endChild } from './programs.ts';

/** A real Prometheus server in a temporary folder that scrapes five times a second. */
export interface Prometheus {
  readonly url: string;
  /** What it scrapes from now on: addresses with labels. */
  scrapes(
    targets: readonly { readonly port: number; readonly labels: Readonly<Record<string, string>> }[],
  ): Promise<void>;
  end(): Promise<void>;
}

export const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;

const configuration = (targets: string) => `
global: { scrape_interval: 200ms, scrape_timeout: 200ms }
scrape_configs:
  - job_name: shop
    file_sd_configs: [{ files: ['${targets}'], refresh_interval: 1s }]
`;

export async function startPrometheus(): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'fairway-prometheus-'));
  const targets = join(folder, 'targets.json');
  const scrapes: Prometheus['scrapes'] = async (wanted) => {
    const groups = wanted.map(({ port, labels }) => ({ targets: [`127.0.0.1:${port}`], labels }));
    await writeFile(`${targets}.new`, JSON.stringify(groups));
    await rename(`${targets}.new`, targets);
  };
  await scrapes([]);
  await writeFile(join(folder, 'prometheus.yml'), configuration(targets));
  const child: ChildProcess = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const url = await listening(child);
  return {
    url,
    scrapes,
    async end() {
      await endChild(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** It says in its log which port it was given, and afterwards when it is ready. */
async function listening({ stderr }: ChildProcess): Promise<string> {
  if (stderr === null) throw new Error('prometheus has no stderr');
  const lines: string[] = [];
  let port: string | undefined;
  for await (const line of createInterface({ input: stderr })) {
    lines.push(line);
    port ??= /msg="Listening on".*127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port !== undefined && line.includes('ready to receive web requests')) break;
  }
  if (port === undefined) throw new Error(`prometheus did not start:\n${lines.join('\n')}`);
  stderr.resume();
  return `http://127.0.0.1:${port}`;
}
