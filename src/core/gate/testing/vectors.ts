import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Dispersion, defaultSettings, type GateSettings } from '../settings.ts';

/** Histograms of the vectors are sparse: bucket → count. */
type Sparse = Readonly<Record<string, number>>;

interface Arm {
  readonly n: number;
  readonly err: number;
  readonly hist: Sparse;
}

type Segment =
  | { readonly ticks: number; readonly dt: number; readonly base: Arm; readonly canary: Arm }
  | { readonly repeat: number; readonly of: readonly Segment[] };

interface Phi {
  readonly err: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface EndToEnd {
  readonly name: string;
  readonly cfg: {
    readonly proof?: readonly { readonly fromS: number; readonly abs: number; readonly rel: number }[];
    readonly baseline?: boolean;
    readonly dispersion?: Phi;
  };
  readonly history: Arm;
  readonly segments: readonly Segment[];
  readonly verdict: string;
  readonly reason: string;
  readonly t: number;
  readonly probes: readonly {
    readonly tick: number;
    readonly t: number;
    readonly verdict: string;
    readonly reason: string;
    readonly logHarm: number;
    readonly logHarmErr: number;
    readonly logHarmLat: number;
    readonly logProofErr: readonly number[];
    readonly logProofLat: readonly number[];
  }[];
}

type Row<Input> = Input & { readonly out: number };
type Rows<Input> = Input & { readonly out: readonly number[] };

interface Vectors {
  readonly logAddExp: readonly Row<{ a: number | '-Infinity'; b: number | '-Infinity' }>[];
  readonly logGamma: readonly Row<{ x: number }>[];
  readonly logBeta: readonly Row<{ a: number; b: number }>[];
  readonly logBetaBinomialE: readonly Row<{ x: number; n: number; pi0: number; k: number }>[];
  readonly bucketOf: readonly Row<{ ms: number }>[];
  readonly bucketUpperMs: readonly Row<{ k: number }>[];
  readonly quantileBucket: readonly Row<{ hist: Sparse; q: number }>[];
  readonly ratioIncrements: readonly Rows<{
    nb: number;
    yb: number;
    nc: number;
    yc: number;
    r0: number;
    phi: number;
  }>[];
  readonly tiltIncrements: readonly Rows<{
    p: readonly number[];
    yb: readonly number[];
    yc: readonly number[];
    phi: Phi;
  }>[];
  readonly proofIncrement: readonly Row<{
    nb: number;
    yb: number;
    nc: number;
    yc: number;
    pb: number;
    pc: number;
    delta: number;
  }>[];
  readonly ceilingIncrements: readonly Rows<{ n: number; y: number; p0: number; phi: number }>[];
  readonly mixture: {
    readonly J: number;
    readonly rho: number;
    readonly t0: number;
    readonly blockS: number;
    readonly cap: number;
    readonly steps: readonly { t: number; inc: readonly number[]; logE: number }[];
  };
  readonly estimateDispersion: readonly Row<{ rows: readonly (readonly number[])[] }>[];
  readonly gate: readonly EndToEnd[];
}

// Trusted: a file of this folder, in the shape above.
export const vectors = JSON.parse(
  readFileSync(fileURLToPath(new URL('vectors.json', import.meta.url)), 'utf8'),
) as Vectors;

export function dense(sparse: Sparse): readonly number[] {
  const filled = Object.keys(sparse).map(Number);
  return Array.from({ length: Math.max(-1, ...filled) + 1 }, (_, k) => sparse[k] ?? 0);
}

export const evidenceOf = ({ n, err, hist }: Arm) => ({ requests: n, failures: err, buckets: dense(hist) });

export const dispersionOf = ({ err, p50, p95, p99 }: Phi): Dispersion => ({ errors: err, p50, p95, p99 });

export function settingsOf({ cfg }: EndToEnd): GateSettings {
  return {
    ...defaultSettings,
    errorMargins:
      cfg.proof?.map(({ fromS, abs, rel }) => ({ from: fromS, absolute: abs, relative: rel })) ??
      defaultSettings.errorMargins,
    dispersion: dispersionOf(cfg.dispersion ?? { err: 1, p50: 1, p95: 1, p99: 1 }),
    ceilings: cfg.baseline === false ? { errorShare: 0.05, slowerThan: 500, slowShare: 0.05 } : null,
  };
}

/** The ticks of a case, one after the other. */
export function ticksOf(segments: readonly Segment[]) {
  let at = 0;
  return unroll(segments).map(({ dt, base, canary }) => {
    at += dt;
    return { at, stable: evidenceOf(base), canary: evidenceOf(canary), replicas: [] };
  });
}

function unroll(segments: readonly Segment[]): readonly Extract<Segment, { dt: number }>[] {
  return segments.flatMap((segment) =>
    'of' in segment
      ? Array.from({ length: segment.repeat }, () => unroll(segment.of)).flat()
      : Array.from({ length: segment.ticks }, () => segment),
  );
}
