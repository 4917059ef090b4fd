import type { ExplainView, Outcome } from '#api';
import type { LoadReport } from '#load';

export interface Story {
  readonly good: Outcome | null;
  readonly bad: Outcome | null;
  /** The load's counts when the good release had ended. */
  readonly afterGood: LoadReport;
  readonly final: LoadReport;
  /** The bad release, explained. */
  readonly explained: ExplainView | null;
}

/** The short report at the end, and whether everything held that the demonstration claims. */
export function report(story: Story): { lines: string[]; held: boolean } {
  const { good, bad, afterGood, final } = story;
  const badRevisions = new Set(
    (story.explained?.rollout.arms ?? []).filter((arm) => arm.role === 'canary').map((arm) => arm.revision),
  );
  const hurt = final.revisions.filter((each) => each.revision !== null && badRevisions.has(each.revision));
  const hurtRequests = hurt.reduce((sum, each) => sum + each.failed, 0);
  const elsewhere = final.requests.failed - hurtRequests;
  const claims: [boolean, string][] = [
    [good === 'done', `good release: ${good === 'done' ? 'promoted' : (good ?? 'no answer')}`],
    [
      bad === 'rolledBack',
      `bad release: ${bad === 'rolledBack' ? `rolled back${detectedIn(story.explained)}` : (bad ?? 'no answer')}`,
    ],
    [
      afterGood.requests.failed === 0,
      `failed while the good release moved: ${afterGood.requests.failed} of ${afterGood.requests.sent} requests`,
    ],
    [elsewhere === 0, `failed on any version but the bad one: ${elsewhere}`],
    [
      final.sockets.abnormal === 0,
      `WebSockets cut without a close frame: ${final.sockets.abnormal} of ${final.sockets.opened}`,
    ],
  ];
  const reached = hurt.reduce((sum, each) => sum + each.requests, 0);
  return {
    lines: [
      'What happened',
      `  requests: ${final.requests.sent} sent, ${final.requests.failed} failed`,
      `  who was hurt: ${hurtRequests} of ${reached} requests that reached the bad version (${share(hurtRequests, final.requests.sent)} of all)`,
      ...claims.map(([held, text]) => `  ${held ? 'held ' : 'BROKE'}  ${text}`),
      ...final.samples
        .filter((sample) => sample.revision === null || !badRevisions.has(sample.revision))
        .map((sample) => `  failure: ${sample.request} ${sample.kind} ${sample.text}`),
    ],
    held: claims.every(([held]) => held),
  };
}

const share = (part: number, whole: number) =>
  whole === 0 ? 'none' : `${((100 * part) / whole).toFixed(2)} %`;

/** From the moment the router acknowledged the canary's weight to the verdict. */
function detectedIn(explained: ExplainView | null): string {
  const routed = explained?.timeline.find((entry) => entry.rollout?.before === 'routing')?.at;
  const verdict = explained?.rollout.because?.at;
  if (routed === undefined || verdict === undefined) return '';
  return ` ${((verdict - routed) / 1_000).toFixed(1)} s after it first had traffic`;
}
