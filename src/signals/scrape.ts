import type { Measure } from '#core/system';
import { fail, type Result } from '#kernel';
import { ask, type AskLimits } from './ask.ts';
import { readExposition } from './exposition.ts';
import { namesOf, type Sheet, sheetOf } from './sheet.ts';

const accept = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=1,*/*;q=0.1';

/**
 * Reads the page of one replica. Failures: those of `ask`, of `readExposition` and of `sheetOf`, and `metrics_refused` (facts:
 * url, status).
 */
export async function scrape(
  port: number,
  measure: Extract<Measure, { readonly from: 'metrics' }>,
  limits: AskLimits,
): Promise<Result<Sheet>> {
  const url = `http://127.0.0.1:${port}${measure.path}`;
  const answer = await ask({ url, method: 'GET', accept }, limits);
  if (!answer.ok) return answer;
  const { status, contentType, text } = answer.value;
  if (status !== 200) return fail('metrics_refused', { url, status });
  const isOpenMetrics = contentType.startsWith('application/openmetrics-text');
  const page = readExposition(text, namesOf(measure), { isOpenMetrics });
  return page.ok ? sheetOf(page.value, measure) : page;
}
