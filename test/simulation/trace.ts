import type { RolloutRecord } from '#core/release';
import type { JournalEntry } from '#ports';

/** The lines of a journal for whoever looks for a fault: every step with its event and its effects. */
export function traceOf(entries: readonly JournalEntry[]): string[] {
  const start = entries[0]?.at ?? 0;
  return entries.map(({ at, type, data }) => {
    const when = `${((at - start) / 1_000).toFixed(3)} s`;
    if (type !== 'rollout') return `${when} ${type} ${JSON.stringify(data).slice(0, 300)}`;
    const { rollout, event, before, phase, stage, effects, because } = data as unknown as RolloutRecord;
    const id = 'id' in event ? ` ${event.id}` : '';
    const asked = effects.map((effect) => `${effect.id} ${effect.do}`).join(', ');
    return `${when} rollout ${rollout}: ${event.type}${id}, ${before} → ${phase} [${stage ?? ''}] ${asked} ${because?.code ?? ''}`;
  });
}
