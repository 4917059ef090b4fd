import type { PlanView, ProbeView } from '#api';
import { timeSpan } from '#api';
import { sightOf, sightSentence } from '#core/power';
import { table } from './table.ts';

export function probeLines(views: readonly ProbeView[]): string[] {
  if (views.length === 0) return ['no checks are declared'];
  const state = (green: boolean | null) => (green === null ? 'not measured' : green ? 'green' : 'red');
  return table(views.map((view) => [view.name, state(view.green), timeSpan(view.tookMillis), view.detail]));
}

/** What would change, every stage on the way, and when there is a way back. */
export function planLines(plan: PlanView): string[] {
  const signs = { create: '+', change: '~', remove: '-', keep: ' ' } as const;
  const stores = plan.stores.map((store) => [
    `  ${store.change === 'start' ? '+' : ' '} ${store.name}`,
    store.kind,
    store.change,
  ]);
  const services = plan.services.map((service) => [
    `  ${signs[service.change]} ${service.name}`,
    service.change,
    service.change === 'change'
      ? `${service.previous ?? ''} → ${service.next ?? ''}`
      : (service.next ?? service.previous ?? ''),
    service.why.length === 0 ? '' : `(${service.why.join(', ')})`,
  ]);
  const changed = plan.services.some((service) => service.change !== 'keep');
  const stages = plan.stages.map(({ sentence }, i) => `  ${String(i + 1).padStart(2)}  ${sentence}`);
  return [
    `${plan.environment} on ${plan.target}: ${plan.from === null ? 'no release yet' : `release ${plan.from}`}, ${plan.running ? 'up' : 'down'}`,
    ...(stores.length === 0 ? [] : ['', 'stores', ...table(stores)]),
    '',
    'services',
    ...table(services),
    ...(changed
      ? [
          '',
          'steps',
          ...stages,
          ...sights(plan),
          '',
          'way back',
          ...plan.wayBack.map((sentence) => `  ${sentence}`),
        ]
      : ['', 'nothing differs from what runs']),
  ];
}

/** What the gate will find with the traffic that is expected; played here, since it takes a second of computing. */
function sights({ sight }: PlanView): string[] {
  if (sight === null) return [];
  const told = sightOf(sight).map((step) => `  ${sightSentence(step, sight)}`);
  return ['', 'what the gate can see', ...told];
}
