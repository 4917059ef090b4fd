import { join } from 'node:path';
import { fail, ok } from '#kernel';
import { type Access, readIfThere, replaceFile, type ServerKind } from '../../supervisor/index.ts';
import { prepareFolder } from '../cluster.ts';
import { postgresSettings } from '../configuration.ts';
import { archiveSettings } from '../copies/archive.ts';
import { askPostgres, chooseBinaries, launchOf, type PostgresSpec } from '../kind.ts';
import { replicator, superuser } from '../roles.ts';
import { standbySettings } from './settings.ts';

/**
 * A standby of a store as a server of its own: its port is its own, its passwords are the primary's, since they come
 * with the data. A standby that was promoted in place runs as this kind too, until it moves to the address of the store;
 * what it hands over of its log from then on goes to `archive`, a folder of the store's (null: it hands over nothing).
 * Failures: `store_data_missing` (facts: folder, data), `postgres_data_version`, those of choosing the binaries.
 */
export function standbyKind(
  spec: PostgresSpec,
  number: number,
  primary: Access,
  archive: () => Promise<string | null> = async () => null,
): ServerKind {
  const withPasswords = (access: Access): Access => ({ port: access.port, secret: primary.secret });
  return {
    spec,
    programs: ['postgres'],
    stopSignals: ['SIGINT'], // one that hangs has nothing to save: it is killed next
    async prepare(home, access) {
      const binaries = await chooseBinaries(spec, home.user);
      if (!binaries.ok) return binaries;
      const data = join(home.path, 'data');
      const version = await readIfThere(join(data, 'PG_VERSION'));
      if (version === null) return fail('store_data_missing', { folder: home.path, data });
      const { major } = binaries.value;
      if (Number(version) !== major) {
        return fail('postgres_data_version', { folder: data, found: version.trim(), available: major });
      }
      const passFile = join(home.path, 'passfile');
      const login = [replicator.name, replicator.password(primary)];
      await replaceFile(passFile, `127.0.0.1:*:*:${login.join(':')}\n`, home.user);
      const follow = { number, primaryPort: primary.port, user: replicator.name, passFile };
      const logFolder = await archive();
      const archiving = archiveSettings(
        logFolder === null ? null : (spec.backup?.logEvery ?? null),
        logFolder ?? '',
      );
      const settings = postgresSettings(access.port) + archiving + standbySettings(follow);
      await prepareFolder(data, home, settings);
      return ok(launchOf(binaries.value, data));
    },
    ask: (access) => askPostgres(withPasswords(access), 'standby'),
    complete: async () => ok(null),
    binding: ({ port }) => ({ env: {}, secret: [], address: `${superuser.name} 127.0.0.1:${port}` }),
  };
}
