import type { LoadReport } from '#load';

/** A load report for people. */
export function loadLines(report: LoadReport): string[] {
  const { requests, latency, sockets } = report;
  const kinds = Object.entries(report.failures).filter(([, count]) => count > 0);
  const closes = Object.entries(sockets.closed).map(([code, count]) => `${count} closed with ${code}`);
  return [
    `requests  ${requests.sent} sent, ${requests.succeeded} answered well, ${requests.failed} failed${detail(kinds.map(([kind, count]) => `${count} ${kind}`))}${requests.unsent > 0 ? `, ${requests.unsent} never sent` : ''}`,
    ...(latency === null
      ? []
      : [
          `latency   p50 ${ms(latency.p50)}, p95 ${ms(latency.p95)}, p99 ${ms(latency.p99)}, longest ${ms(latency.max)}`,
        ]),
    ...report.revisions.map(
      ({ revision, requests: count, failed }) =>
        `          ${revision ?? 'no revision'}: ${count} requests, ${failed} failed`,
    ),
    ...(sockets.opened === 0 && sockets.notOpened === 0
      ? []
      : [
          `sockets   ${sockets.opened} opened, ${sockets.open} open now, ${sockets.abnormal} cut without a close frame${detail(closes)}`,
        ]),
    ...report.samples.map(
      (sample) =>
        `failure   ${sample.request}: ${sample.kind} ${sample.status ?? ''} ${sample.text} (${sample.revision ?? 'no revision'})`,
    ),
  ];
}

const detail = (parts: readonly string[]) => (parts.length === 0 ? '' : ` (${parts.join(', ')})`);
const ms = (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
