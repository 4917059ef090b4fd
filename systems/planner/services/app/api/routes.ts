import { type Clock, currentRequest, type RateLimit, type Tracing } from 'fairway-kit';
import { body, limited, problem } from 'fairway-kit/hono';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Activity } from '../activity.ts';
import { known } from '../identity.ts';
import { type Planner, whoAsks, withoutTitle } from '../planner.ts';
import { planInside } from '../report/plan-inside.ts';
import { idPattern } from '../simulations.ts';
import { PoolError } from '../threads/pool.ts';
import { checkUpload, uploadLimit, type UploadProblem } from '../uploads.ts';
import { planSchema, type TitledPlan } from './limits.ts';

export interface ApiWorld {
  readonly planner: Planner;
  readonly activity: Activity;
  readonly rateLimit: RateLimit;
  /** That sign the tokens of users, the newest first. */
  readonly keys: readonly string[];
  readonly maxScenarios: number;
  readonly clock: Clock;
  /** What is in force: see `effectiveSettings`. */
  readonly settings: object;
  readonly tracing: Pick<Tracing, 'span'>;
}

/** Of the whole request, whatever it waits for. */
const requestTimeout = 60_000;

export function createApi(world: ApiWorld): Hono {
  const { planner, activity, rateLimit, keys, settings } = world;
  const schema = planSchema(world.maxScenarios);
  const api = new Hono();
  api.use(known(keys));
  api.use(limited(rateLimit, keyOfCaller));
  api.use((_, next) => {
    activity.seen(whoAsks());
    return next();
  });

  api.get('/settings', (c) => c.json(settings));

  api.post('/simulations', (c) =>
    withPlan(c, 'simulate', async (plan, signal) => {
      const { json, isFromCache } = await planner.simulate(withoutTitle(plan), signal);
      c.header('x-cache', isFromCache ? 'hit' : 'miss');
      return jsonOf(c, json);
    }),
  );

  api.get('/simulations/:id', async (c) => {
    const id = c.req.param('id');
    const found = idPattern.test(id) ? await planner.find(id) : null;
    if (found === null)
      return problem(c, 404, 'simulation_unknown', 'There is no such simulation. Send its plan again.');
    c.header('cache-control', 'private, max-age=3600, immutable');
    return jsonOf(c, found);
  });

  api.post('/analysis', (c) =>
    withPlan(c, 'analyse', async (plan, signal) => c.json(await planner.analyse(withoutTitle(plan), signal))),
  );

  api.post('/reports', (c) =>
    withPlan(c, 'report', async (plan, signal) => {
      const pdf = await planner.report(plan, signal);
      c.header('content-disposition', 'attachment; filename="retirement-plan.pdf"');
      return c.body(new Uint8Array(pdf), 200, { 'content-type': 'application/pdf' });
    }),
  );

  const tooLarge = (c: Context) => refusedUpload(c, 'upload_too_large');
  api.post('/uploads', bodyLimit({ maxSize: uploadLimit - 1, onError: tooLarge }), async (c) => {
    const checked = checkUpload(Buffer.from(await c.req.arrayBuffer()));
    const subject = checked.ok ? checked.value.sha256 : checked.code;
    planner.audit({ action: 'upload', subject, plan: null, success: checked.ok });
    if (!checked.ok) return refusedUpload(c, checked.code);
    const inside = schema.safeParse(planInside(Buffer.from(await c.req.arrayBuffer())));
    return c.json({ ...checked.value, plan: inside.success ? inside.data : null }, 201);
  });

  return api;

  /** Reads the plan, does the work within the time of a request, and writes to the audit log what came of it. */
  async function withPlan(
    c: Context,
    action: 'simulate' | 'analyse' | 'report',
    work: (plan: TitledPlan, signal: AbortSignal) => Promise<Response>,
  ): Promise<Response> {
    const read = await world.tracing.span('validate_inputs', {}, () => body(c, schema));
    if (!read.ok) return read.response;
    const plan = read.value;
    const late = new AbortController();
    const done = new AbortController();
    void world.clock.sleep(requestTimeout, done.signal).then(() => late.abort());
    try {
      const response = await work(plan, AbortSignal.any([c.req.raw.signal, late.signal]));
      planner.audit({ action, subject: 'plan', plan, success: true });
      return response;
    } catch (reason) {
      planner.audit({ action, subject: 'plan', plan, success: false });
      if (!(reason instanceof PoolError) || reason.code === 'broken') throw reason;
      return unavailable(c, reason);
    } finally {
      done.abort();
    }
  }
}

/** Whose requests are counted together: a user's where one is known, an address's otherwise. */
function keyOfCaller(): string {
  const context = currentRequest();
  return context?.userId === undefined ? `address:${context?.address ?? ''}` : `user:${context.userId}`;
}

function jsonOf(c: Context, json: Buffer): Response {
  return c.body(json.toString(), 200, { 'content-type': 'application/json; charset=utf-8' });
}

function unavailable(c: Context, { code }: PoolError): Response {
  c.header('retry-after', '2');
  return code === 'took_too_long'
    ? problem(
        c,
        503,
        'simulation_timeout',
        'It took too long and was given up. Try again, or with fewer scenarios.',
      )
    : problem(c, 503, 'too_busy', 'Too much is being simulated just now. Try again in a moment.');
}

const uploadSentences: Readonly<Record<UploadProblem, readonly [status: 413 | 415 | 422, sentence: string]>> =
  {
    upload_too_large: [413, 'A PDF must be smaller than 10 MB.'],
    upload_no_pdf: [415, 'This is no PDF. Send the file as it is, as application/pdf.'],
    upload_active: [422, 'This PDF contains programs or files. Print it to a new PDF and send that.'],
  };

function refusedUpload(c: Context, code: UploadProblem): Response {
  const [status, sentence] = uploadSentences[code];
  return problem(c, status, code, sentence);
}
