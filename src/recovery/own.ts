import { isAbsolute, join } from 'node:path';
import { ok, type Result } from '#kernel';
import type { RecoverySite } from './contract.ts';
import { copyOwn, restoreOwn } from './control/index.ts';
import type { OwnCopies } from './tools.ts';

/** Copies of what Fairway keeps for one environment: journal, secrets, snapshots and the system's folder. */
export function ownCopies({ target, clock, copyJournal, repository }: RecoverySite): OwnCopies {
  const place = repository.depot.shown;
  const without = isAbsolute(place) ? [place] : []; // a folder in the system's own would hold itself

  return {
    async copy(sink, signal, progress) {
      const work = await target.workFolder();
      if (!work.ok) return work;
      progress({ share: null, doing: 'journal, secrets, snapshots and the folder of the system' });
      const workFolder = join(work.value, 'own');
      return copyOwn({ ...target.own, journal: copyJournal, workFolder, without, clock }, sink, signal);
    },
    async restoreSecrets(source, file, signal): Promise<Result<null>> {
      const only = { journal: null, snapshots: null, systemFolder: null };
      const restored = await restoreOwn(source, { ...only, secrets: file }, signal);
      if (!restored.ok) return restored;
      // A system without secrets has no such file, and none in its copy.
      return ok(null);
    },
  };
}
