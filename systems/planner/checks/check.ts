/** What a check found: the only thing that it prints, as one line of JSON. Exit code 0 is green. */
export interface Finding {
  readonly ok: boolean;
  readonly value: number | null;
  readonly limit: number;
  readonly unit: 'ms';
  readonly detail: string;
}

/** Does the work within the limit and prints what came of it; what it throws is red, with its message. */
export async function check(
  limit: number,
  work: (ask: (path: string, body: object | Uint8Array<ArrayBuffer>) => Promise<Response>) => Promise<string>,
): Promise<void> {
  const begun = performance.now();
  const finding = await work(ask).then(
    (detail): Finding => {
      const value = Math.round(performance.now() - begun);
      return { ok: value <= limit, value, limit, unit: 'ms', detail };
    },
    (reason: unknown): Finding => {
      const detail = reason instanceof Error ? reason.message : String(reason);
      return { ok: false, value: null, limit, unit: 'ms', detail };
    },
  );
  process.stdout.write(`${JSON.stringify(finding)}\n`);
  process.exitCode = finding.ok ? 0 : 1;
}

/** A POST to the arm of the release that is to be judged. */
async function ask(path: string, body: object | Uint8Array<ArrayBuffer>): Promise<Response> {
  const isFile = body instanceof Uint8Array;
  const response = await fetch(new URL(path, process.env['APP_URL']), {
    method: 'POST',
    headers: {
      'content-type': isFile ? 'application/pdf' : 'application/json',
      'x-fairway-arm': process.env['FAIRWAY_ARM'] ?? 'stable',
    },
    body: isFile ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok)
    throw new Error(`${path} answered ${response.status}: ${(await response.text()).slice(0, 200)}`);
  return response;
}
