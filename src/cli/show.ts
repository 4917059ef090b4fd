import type { ExplainView, HistoryItem, PlanView, ProbeView, RolloutView, StatusView } from '#api';
import { progressLine } from './follow.ts';
import { dayAndTime, table, timeOfDay, timeSpan } from './table.ts';

/** Texts of the looking commands, line by line. */

export function statusLines(status: StatusView, now: number): string[] {
  const release =
    status.release === null
      ? 'no release yet'
      : `release ${status.release.number}${note(status.release.note)}`;
  const marks = [
    status.pinned ? 'held here by a rollback' : '',
    status.warm ? `release ${status.warm.release} warm for ${timeSpan(status.warm.until - now)}` : '',
    status.stuck ? 'NEEDS A PERSON: the last rollout left traffic where it was' : '',
  ].filter((mark) => mark !== '');
  return [
    `${status.system} / ${status.environment} on ${status.target}: ${status.status}, ${[release, ...marks].join(', ')}`,
    ...(status.rollout === null
      ? []
      : ['', ...rolloutLines(status.rollout), ...maybe(progressLine(status, now))]),
    ...(status.services.length === 0 ? [] : ['', ...serviceLines(status)]),
    ...(status.stores.length === 0 ? [] : ['', ...storeLines(status)]),
  ];
}

const note = (text: string) => (text === '' ? '' : ` (${text})`);
const maybe = (line: string | null) => (line === null ? [] : [line]);

function rolloutLines(rollout: RolloutView): string[] {
  const stage = rollout.stage === null ? '' : `, ${rollout.stage}`;
  const reason = rollout.becauseSentence === null ? [] : [`because ${rollout.becauseSentence}`];
  const arms = rollout.arms.map((arm) => [
    `  ${arm.service}`,
    arm.role,
    `${arm.weight} %`,
    arm.revision,
    `${arm.requests} requests`,
    `${arm.failures} failed`,
    arm.p95 === null ? 'p95 none' : `p95 ≤ ${arm.p95} ms`,
  ]);
  return [`release ${rollout.release}: ${rollout.phase}${stage}`, ...reason, ...table(arms)];
}

function serviceLines(status: StatusView): string[] {
  const rows = status.services.map((service) => {
    const ready = service.replicas.filter((replica) => replica.state === 'ready').length;
    const revisions = [...new Set(service.replicas.map((replica) => replica.revision))].join(' ');
    const trouble = service.replicas.find((replica) => replica.detail !== null && replica.state !== 'ready');
    const crashes = service.replicas.reduce((sum, replica) => sum + replica.crashes, 0);
    const remarks = [trouble?.detail ?? '', crashes > 0 ? `${crashes} unplanned restarts` : ''].filter(
      (text) => text !== '',
    );
    return [
      service.name,
      `${ready}/${service.wanted} ready`,
      service.address ?? '-',
      revisions || '-',
      remarks.join('; '),
    ];
  });
  return table([['SERVICE', 'REPLICAS', 'ADDRESS', 'REVISION', ''], ...rows]);
}

function storeLines(status: StatusView): string[] {
  const rows = status.stores.map((store) => [
    store.store,
    store.state,
    [store.address, store.detail].filter(Boolean).join('  '),
  ]);
  return table([['STORE', 'STATE', 'ADDRESS'], ...rows]);
}

export function historyLines(items: readonly HistoryItem[]): string[] {
  if (items.length === 0) return ['no releases yet; "fairway up" makes the first one'];
  const rows = items.map((item) => [
    `${item.current ? '*' : item.warm ? '~' : ' '} ${item.release}`,
    dayAndTime(item.createdAt),
    item.outcome,
    item.by,
    [item.note, item.because ?? ''].filter((text) => text !== '').join(': '),
  ]);
  return [
    ...table([['  RELEASE', 'CREATED', 'OUTCOME', 'BY', ''], ...rows]),
    '',
    '* serves now   ~ kept warm for a rollback',
  ];
}

export function explainLines(view: ExplainView): string[] {
  const { rollout } = view;
  const verdict = rollout.because?.verdict ?? rollout.verdict;
  const moves = rollout.from === null ? 'the first one' : `from release ${rollout.from}`;
  return [
    `release ${view.release} of ${view.environment}: ${rollout.phase} (${moves}, ${rollout.manner})`,
    ...(rollout.becauseSentence === null ? [] : [`because ${rollout.becauseSentence}`]),
    ...(verdict === null
      ? []
      : [
          '',
          `gate: ${verdict.kind}`,
          ...verdict.signals.map((signal) => `  ${signal.state.padEnd(8)}${signal.sentence}`),
        ]),
    '',
    ...view.timeline.flatMap((entry) =>
      entry.sentence === null ? [] : [`${timeOfDay(entry.at)}  ${entry.sentence}`],
    ),
  ];
}

export function probeLines(views: readonly ProbeView[]): string[] {
  if (views.length === 0) return ['no checks are declared'];
  const state = (green: boolean | null) => (green === null ? 'not measured' : green ? 'green' : 'red');
  return table(views.map((view) => [view.name, state(view.green), timeSpan(view.tookMillis), view.detail]));
}

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
  const stages = plan.stages.map((stage, i) => [
    `  ${i + 1}`,
    stage.name,
    stage.holdMillis > 0 ? `hold ${timeSpan(stage.holdMillis)}` : '',
    stage.gate ? 'gate' : '',
  ]);
  return [
    `${plan.environment} on ${plan.target}: ${plan.from === null ? 'no release yet' : `release ${plan.from}`}, ${plan.running ? 'up' : 'down'}`,
    ...(stores.length === 0 ? [] : ['', 'stores', ...table(stores)]),
    '',
    'services',
    ...table(services),
    ...(changed ? ['', 'steps', ...table(stages)] : ['', 'nothing differs from what runs']),
  ];
}
