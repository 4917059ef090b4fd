import { type RecoveryView, timeSpan } from '#api';
import type { CopyRecord } from '#core/recovery';
import { fail } from '#kernel';
import type { Call } from './actions.ts';
import { complain, exitCodes } from './exit.ts';
import { followOperation, leftOff, recoveryOf } from './recovery-run.ts';
import { sizeText as size, table } from './table.ts';

export interface BackupFlags {
  readonly store?: readonly string[];
  readonly list?: boolean;
  readonly note?: string;
}

/** Makes copies now and prints what was read back; with `list` what is there. */
export async function backup(call: Call, flags: BackupFlags): Promise<number> {
  const { world, json } = call;
  const before = await recoveryOf(call);
  if (!before.ok) return complain(world, before.error, json);
  if (flags.list === true) {
    const copies = before.value.copies.filter(({ of }) => flags.store?.includes(of) ?? true);
    if (json) world.print(JSON.stringify({ place: before.value.place, copies }));
    else for (const line of copyLines(copies, before.value.place)) world.print(line);
    return exitCodes.done;
  }
  const begunAt = world.clock.now();
  const ran = await followOperation(call, {
    kind: 'backup',
    of: [...(flags.store ?? [])].length === 0 ? null : [...(flags.store ?? [])],
    note: flags.note ?? '',
  });
  if ('interrupted' in ran) {
    world.complain(leftOff(call));
    return exitCodes.interrupted;
  }
  const copies = ran.operation?.copies ?? [];
  if ('refusal' in ran) {
    // One store may fail and others not.
    if (!json && copies.length > 0)
      for (const line of madeLines(copies, before.value.place, world.clock.now() - begunAt))
        world.print(line);
    return complain(world, ran.refusal, json);
  }
  if (json) {
    const { place, keyFile, recipient, isOffSite } = before.value;
    world.print(JSON.stringify({ copies, place, isOffSite, recipient, keyFile }));
    return exitCodes.done;
  }
  for (const line of madeLines(copies, before.value.place, world.clock.now() - begunAt)) world.print(line);
  for (const line of keyLines(before.value)) world.print(line);
  return exitCodes.done;
}

function madeLines(copies: readonly CopyRecord[], place: string, took: number): string[] {
  const rows = copies.map((copy) => [
    copy.of,
    copy.id,
    `${size(copy.bytes)}`,
    size(storedOf(copy)),
    `${copy.parts.length}`,
  ]);
  return [
    ...table([['STORE', 'COPY', 'SIZE', 'STORED', 'PARTS'], ...rows]),
    `${copies.length === 1 ? 'the copy was' : `${copies.length} copies were`} read back from ${place} and found whole, in ${timeSpan(took)}`,
  ];
}

const storedOf = ({ parts }: CopyRecord) => parts.reduce((sum, { stored }) => sum + stored, 0);

function copyLines(copies: readonly CopyRecord[], place: string): string[] {
  if (copies.length === 0) return [`no copies at ${place}; "fairway backup" makes them`];
  const rows = copies.map((copy) => [
    copy.of,
    copy.id,
    new Date(copy.until).toISOString(),
    size(copy.bytes),
    size(storedOf(copy)),
    copy.why,
  ]);
  return [
    `copies at ${place}:`,
    ...table([['STORE', 'COPY', 'CONTENT OF', 'SIZE', 'STORED', 'WHY'], ...rows]),
  ];
}

/** Said each time: without the key nothing can be brought back, and it lies on the machine that may be lost. */
export function keyLines({
  keyFile,
  place,
  isOffSite,
}: Pick<RecoveryView, 'keyFile' | 'place' | 'isOffSite'>): string[] {
  return [
    '',
    `The recovery key lies in ${keyFile}.`,
    'Keep a copy of that file away from this machine, and apart from the copies: nobody can open them without it.',
    ...(isOffSite
      ? []
      : [
          `${place} is on this machine: name another place in FAIRWAY_BACKUP_TO, or the copies are lost with it.`,
        ]),
  ];
}

export interface HoldFlags {
  readonly reason?: string;
  readonly copy?: string;
  readonly release?: string;
}

/** A legal hold: nothing that it covers is deleted until it is released. */
export async function hold(call: Call, store: string | null, flags: HoldFlags): Promise<number> {
  const { world, client, environment, json } = call;
  if (flags.release !== undefined) {
    const key = 'DELETE /v1/environments/{environment}/recovery/holds/{id}';
    const released = await client.call(key, { params: { environment, id: flags.release } });
    if (!released.ok) return complain(world, released.error, json);
    world.print(
      json
        ? JSON.stringify(released.value)
        : `the hold ${flags.release} is released; what it kept goes when its time is over`,
    );
    return exitCodes.done;
  }
  if (store === null || flags.reason === undefined)
    return complain(world, { failure: fail('hold_incomplete').error }, json);
  const body = { by: world.user, of: store, copy: flags.copy ?? null, reason: flags.reason };
  const key = 'POST /v1/environments/{environment}/recovery/holds';
  const held = await client.call(key, { params: { environment }, body });
  if (!held.ok) return complain(world, held.error, json);
  const { id, copy } = held.value;
  if (json) world.print(JSON.stringify(held.value));
  else {
    world.print(
      `held: ${copy === null ? `every copy of ${store}` : `copy ${copy} of ${store}`} is kept until "fairway hold --release ${id}${call.place}"`,
    );
  }
  return exitCodes.done;
}
