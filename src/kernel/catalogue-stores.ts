import type { CatalogueEntry } from './catalogue-entry.ts';

/** What can go wrong with the real servers that the local target runs. */
export const storeEntries = {
  bucket_arguments_invalid: {
    sentence: 'The bucket server was started without a folder or a port that can be used.',
    hint: 'It is started by Fairway: bring the environment up with "fairway up".',
    status: 422,
    exit: 2,
  },
  bucket_credentials_invalid: {
    sentence: 'The credentials of the bucket server in {path} could not be used: {reason}.',
    hint: 'Put back a copy of the file, or delete it and bring the environment up again: new ones are made.',
    status: 500,
    exit: 1,
  },
  bucket_folder_locked: {
    sentence: 'The folder {folder} is used by another bucket server.',
    hint: 'Bring that environment down first, or end the other server.',
    status: 409,
    exit: 1,
  },
  bucket_folder_unusable: {
    sentence: 'The bucket server cannot use the folder {folder}: {reason}.',
    hint: 'Check the disk and who owns the folder.',
    status: 500,
    exit: 1,
  },
  bucket_refused: {
    sentence: 'The bucket server at {endpoint} refused to {action} the bucket {bucket}: {status} {code}.',
    hint: 'See what it says about it in its log, below .fairway in the folder of the system.',
    status: 500,
    exit: 1,
  },
  bucket_sweep_failed: {
    sentence: 'Expired objects could not be removed: {reason}.',
    hint: 'It is tried again within the hour; check the disk if it comes back.',
    status: 500,
    exit: 1,
  },
  bucket_unreachable: {
    sentence: 'The bucket server at {endpoint} does not answer: {reason}.',
    hint: 'It is started again by itself; see its state with "fairway status".',
    status: 503,
    exit: 1,
  },
  cache_not_usable: {
    sentence: 'The folder for downloaded and unpacked server programs cannot be used: {reason}.',
    hint: 'Make a folder of your own and name it in XDG_CACHE_HOME.',
    status: 500,
    exit: 1,
  },
  postgres_copy_failed: {
    sentence: 'Standby {standby} of the store {store} could not be copied from its primary: {reason}.',
    hint: 'It is tried again by itself. See the disk, and what is said in the log of the store.',
    status: 500,
    exit: 1,
  },
  postgres_data_version: {
    sentence: 'The data in {folder} was written by PostgreSQL {found}; this one is {available}.',
    hint: 'Ask for version {found} in the definition and install its package, or dump the data with the old version and load it into a new store.',
    status: 409,
    exit: 2,
  },
  postgres_no_standby_ready: {
    sentence: 'The primary of the store {store} is away, and no standby of it can take over.',
    hint: 'See in the log of the store why; a backup may have to be restored.',
    status: 503,
    exit: 1,
  },
  postgres_not_answering: {
    sentence: 'PostgreSQL did not do what was asked ({state}): {reason}.',
    hint: 'See its state with "fairway status" and its own words in its log.',
    status: 503,
    exit: 1,
  },
  postgres_not_installed: {
    sentence: 'There is no PostgreSQL package for {platform} here.',
    hint: 'Install the packages again with "npm run setup", with optional ones included.',
    status: 500,
    exit: 1,
  },
  postgres_program_failed: {
    sentence: '{program} failed: {reason}.',
    hint: 'Its own words say why. Often the disk is full, or the folder belongs to another user.',
    status: 500,
    exit: 1,
  },
  postgres_standby_disk_full: {
    sentence:
      'There is no room for standby {standby} of the store {store}: it needs {needed}, and {free} are free.',
    hint: 'Make room on the disk, or declare fewer standbys. It is tried again by itself.',
    status: 507,
    exit: 1,
  },
  postgres_tablespaces: {
    sentence: 'The store {store} has tablespaces of its own, which its standbys would share with it.',
    hint: 'Move the tables to the tablespace pg_default and drop the others, or declare no standbys.',
    status: 409,
    exit: 2,
  },
  postgres_version_not_available: {
    sentence: 'The store {store} asks for PostgreSQL {asked}; {available} is what is installed.',
    hint: 'Ask for {available} in the definition, or for no version.',
    status: 422,
    exit: 2,
  },
  redis_policy_unknown: {
    sentence: 'The store {store} asks for the eviction policy {policy}, which Redis does not have.',
    hint: 'It has: {known}.',
    status: 422,
    exit: 2,
  },
  server_user_missing: {
    sentence: 'Servers do not run as root, and no other user could be made for them: {reason}.',
    hint: 'Create one with "useradd --system fairway", or run Fairway as an ordinary user.',
    status: 500,
    exit: 1,
  },
  store_data_missing: {
    sentence: 'The data of the store in {folder} should be in {data}, which is not there.',
    hint: 'Put the folder back, or restore a backup. To begin with an empty store, delete {folder}.',
    status: 500,
    exit: 1,
  },
  store_folder_failed: {
    sentence: 'The folder {folder} of the store {store} could not be prepared: {reason}.',
    hint: 'Check the disk and who owns the folder, then try again.',
    status: 500,
    exit: 1,
  },
  store_folder_not_ours: {
    sentence: 'The data in {folder} belongs to another user (number {owner}).',
    hint: 'Run Fairway as that user, or change the owner of the folder.',
    status: 403,
    exit: 1,
  },
  store_folder_not_reachable: {
    sentence: 'The user that runs the servers (number {user}) cannot reach {folder}: {blocked} keeps it out.',
    hint: 'Move the system to a folder that others may enter, or run Fairway as an ordinary user.',
    status: 403,
    exit: 1,
  },
  store_not_ready: {
    sentence: 'The {kind} store {store} runs and does not answer yet: {detail}.',
    hint: 'Wait a little and try again. Its own words are in {log}.',
    status: 503,
    exit: 1,
  },
  store_not_started: {
    sentence: 'The {kind} store {store} could not be started: {reason}.',
    hint: 'Its own words are in {log}.',
    status: 500,
    exit: 1,
  },
  store_not_stopped: {
    sentence: 'The server of the store {store} (process {pid}) did not end.',
    hint: 'It may be waiting for a disk. Ask again; see it with "ps -p {pid}".',
    status: 500,
    exit: 1,
  },
  store_standby_busy: {
    sentence:
      'Standby {standby} of the store {store} is being worked on by another control plane or an earlier definition.',
    hint: 'It is tried again by itself; wait until the copy under way has ended.',
    status: 409,
    exit: 1,
  },
  store_start_cancelled: {
    sentence: 'The start of the store {store} was cancelled.',
    hint: 'Ask again when you want it.',
    status: 503,
    exit: 1,
  },
  store_state_unreadable: {
    sentence: 'The notes about a store in {file} could not be read: {reason}.',
    hint: 'If a newer Fairway wrote them, use that one. Else delete the file: the data is kept elsewhere.',
    status: 500,
    exit: 1,
  },
  store_still_running: {
    sentence: 'The data of the store {store} cannot be deleted while it runs.',
    hint: 'Bring the environment down first with "fairway down".',
    status: 409,
    exit: 2,
  },
} as const satisfies Record<string, CatalogueEntry>;
