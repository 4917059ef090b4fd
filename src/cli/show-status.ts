import { dayAndTime, type RolloutView, type StatusView, timeOfDay, timeSpan } from '#api';
import { progressLine } from './follow.ts';
import { table } from './table.ts';

/** What runs now: the rollout under way first, with what it waits for and what may be typed. */
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
    ...laterLines(status, now),
    ...(status.rollout === null ? [] : ['', ...rolloutLines(status, status.rollout, now)]),
    ...(status.services.length === 0 ? [] : ['', ...serviceLines(status)]),
    ...(status.stores.length === 0 ? [] : ['', ...storeLines(status)]),
    ...(status.recovery.length === 0 ? [] : ['', ...status.recovery.map(warningLine)]),
  ];
}

const warningLine = ({ severity, sentence }: StatusView['recovery'][number]) =>
  `${severity === 'error' ? 'ERROR' : 'warning'}  ${sentence} ("fairway recovery")`;

const note = (text: string) => (text === '' ? '' : ` (${text})`);

/** What will come of itself, and who else may change the environment. */
function laterLines({ queued, contracts, contracted, inCharge }: StatusView, now: number): string[] {
  const next =
    queued === null
      ? []
      : [`next: release ${queued.release} by ${queued.by}${note(queued.note)}, when this one is over`];
  const schemas = contracts.map(({ release, notBefore, attempts }) => {
    const when =
      notBefore <= now
        ? 'as soon as nothing older runs'
        : `on ${dayAndTime(notBefore)} (in ${timeSpan(notBefore - now)})`;
    const tries = attempts === 0 ? '' : `, tried ${attempts} times without success`;
    return `schema: the one of release ${release} is contracted ${when}${tries}; then there is no way back to anything older`;
  });
  const done =
    contracted > 0 ? [`schema: contracted for release ${contracted}; nothing older can be gone back to`] : [];
  const other =
    inCharge === null || inCharge.ours
      ? []
      : [`in charge: ${inCharge.owner}, until ${timeOfDay(inCharge.until)} and longer while it lives`];
  return [...next, ...schemas, ...(schemas.length === 0 ? done : []), ...other];
}

function rolloutLines(status: StatusView, rollout: RolloutView, now: number): string[] {
  const { stageNumber: number, steps } = rollout;
  const stage = number === null ? '' : `, ${rollout.stage ?? ''} (${number + 1} of ${steps.length})`;
  const phase = rollout.paused === null ? rollout.phase : `${rollout.phase}, PAUSED`;
  const ago = `begun ${timeSpan(now - rollout.startedAt)} ago`;
  const reason = rollout.becauseSentence === null ? [] : [['because', rollout.becauseSentence]];
  const waits = rollout.waitsFor === null ? [] : [['waits for', rollout.waitsFor.sentence]];
  const progress = rollout.since === null && rollout.progress === null ? null : progressLine(status, now);
  const commands = rollout.waitsFor?.commands ?? [];
  const facts = [
    ...reason,
    ...waits,
    ...(progress === null || rollout.held ? [] : [['so far', progress]]),
    ...Object.entries(rollout.previews).map(([service, address]) => ['preview', `${service} ${address}`]),
    ...rollout.ignored.map((sentence) => ['only told', sentence]),
    ...(rollout.committed
      ? [['way back', 'none: something final has begun, there is only forward (R4)']]
      : []),
    ...(commands.length === 0 ? [] : [['you can', commands.join(' · ')]]),
  ];
  const arms = rollout.arms.map((arm) => [
    `  ${arm.service}`,
    arm.role,
    `${arm.weight} %`,
    arm.revision,
    `${arm.requests} requests`,
    `${arm.failures} failed`,
    arm.p95 === null ? 'p95 none' : `p95 ≤ ${arm.p95} ms`,
  ]);
  return [
    `release ${rollout.release}: ${phase}${stage}, ${ago}`,
    ...table(facts.map(([name = '', text = '']) => [`  ${name}`, text])),
    ...table(arms),
  ];
}

function serviceLines(status: StatusView): string[] {
  const absent = status.absent.map(({ name, sentence }) => [name, 'not here', '-', '-', sentence]);
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
      service.replicas.some(({ state }) => state === 'unknown')
        ? `${service.replicas.length}/${service.wanted} running`
        : `${ready}/${service.wanted} ready`,
      service.address ?? '-',
      revisions || '-',
      remarks.join('; '),
    ];
  });
  return table([['SERVICE', 'REPLICAS', 'ADDRESS', 'REVISION', ''], ...rows, ...absent]);
}

function storeLines(status: StatusView): string[] {
  const rows = status.stores.map((store) => [
    store.store,
    store.state,
    [store.address, store.detail].filter(Boolean).join('  '),
  ]);
  return table([['STORE', 'STATE', 'ADDRESS'], ...rows]);
}
