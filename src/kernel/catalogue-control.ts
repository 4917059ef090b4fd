import type { CatalogueEntry } from './catalogue-entry.ts';

/** The journal, the lease of the controller and the way to it. */
export const controlEntries = {
  control_plane_absent: {
    sentence: 'No control plane runs for {folder}.',
    hint: 'Start one with "fairway up" or "fairway serve".',
    status: 503,
    exit: 1,
  },
  control_plane_running: {
    sentence: 'Another control plane runs for this folder[ (process {pid})].',
    hint: 'Use that one, or end it first.',
    status: 409,
    exit: 5,
  },
  control_plane_shared: {
    sentence:
      'Control planes with the store {store} serve this folder[ (process {pid})]; one with a journal of its own would act against them.',
    hint: 'Start it with the same store: "fairway serve --store {store}".',
    status: 409,
    exit: 5,
  },
  control_plane_silent: {
    sentence: 'The control plane was started and does not answer[: {said}].',
    hint: 'Its own words are in {log}.',
    status: 503,
    exit: 1,
  },
  control_plane_unreachable: {
    sentence: 'The control plane at {address} does not answer: {reason}.',
    hint: 'Start it with "fairway serve", or check its address.',
    status: 503,
    exit: 1,
  },
  engine_stopped: {
    sentence: 'This control plane is ending and changes nothing any more.',
    hint: 'Ask again in a moment: another one is found or started.',
    status: 503,
    exit: 1,
  },
  host_not_allowed: {
    sentence: 'The control plane does not answer as {host}.',
    hint: 'Ask it as 127.0.0.1 or localhost, or by its --public-url.',
    status: 403,
    exit: 5,
  },
  lease_held: {
    sentence:
      'Another control plane is in charge of {lease}: {owner}, until {expires:time} and longer while it lives.',
    hint: 'Ask that one. When it has died its charge ends by itself, 15 s after its last word.',
    status: 409,
    exit: 5,
  },
  load_login_failed: {
    sentence: 'The user {user} of the load could not log in: {request}: {reason}.',
    hint: 'Check the session steps of the load plan against the service.',
    status: 500,
    exit: 1,
  },
  load_plan_invalid: {
    sentence: 'The load plan cannot be used: {field} {reason}.',
    hint: 'Change it in the plan.',
    status: 422,
    exit: 2,
  },
  load_remote_target: {
    sentence: '{target} is not on this machine.',
    hint: 'Load is sent to other machines only when the plan says allowRemote.',
    status: 403,
    exit: 5,
  },
  lock_not_writable: {
    sentence: 'The lock {file} cannot be written: {reason}.',
    hint: 'Check who owns the folder and whether the disk is full.',
    status: 403,
    exit: 1,
  },
  lock_taken: {
    sentence: 'Another process holds the lock[ (process {pid})].',
    hint: 'Use that one, or end it first.',
    status: 409,
    exit: 5,
  },
  logs_followed_by_many: {
    sentence: 'The logs are followed by {followers} readers already.',
    hint: 'Close one of them, or ask without following.',
    status: 429,
    exit: 1,
  },
  no_such_page: {
    sentence: 'There is nothing at {path}.',
    hint: 'The API is described at /openapi.json; the dashboard is at /.',
    status: 404,
    exit: 2,
  },
  not_allowed: {
    sentence: 'What is at {path} needs a login.',
    hint: 'Open the link that "fairway dashboard" prints, or send a token.',
    status: 401,
    exit: 5,
  },
  request_not_understood: {
    sentence: 'The request to {path} is not of the form it should have.',
    hint: 'Each finding names a field and what belongs there.',
    status: 422,
    exit: 2,
  },
  state_folder_not_writable: {
    sentence: 'The folder {folder} for the state cannot be written[: {reason}].',
    hint: 'Check that its disk has room, and who owns it: run Fairway as that user, or change the owner.',
    status: 403,
    exit: 1,
  },
  store_conflict: {
    sentence: 'Somebody else changed {subject} first (expected {expected}, found {found}).',
    hint: 'Look at the present state with "fairway status" and ask again.',
    status: 409,
    exit: 1,
  },
  store_fenced: {
    sentence:
      'This controller does not hold {lease} any more (epoch {epoch}, now {present})[; {owner} does].',
    hint: 'Nothing needs to be done: the other one goes on.',
    status: 409,
    exit: 1,
  },
  store_elsewhere: {
    sentence: 'The state of this folder lives in {store}.',
    hint: 'Start the control plane with it: "fairway serve --store {store}", the password in FAIRWAY_STORE_URL.',
    status: 409,
    exit: 5,
  },
  store_format_newer: {
    sentence: '{file} was written by a newer Fairway (format {found}; this one knows up to {known}).',
    hint: 'Use the newer Fairway, or put back a copy from before.',
    status: 409,
    exit: 1,
  },
  store_journal_here: {
    sentence: 'This folder has a journal of its own, {file}, and what runs is written there.',
    hint: 'Take the environments down with "fairway down", move the file away and serve again.',
    status: 409,
    exit: 5,
  },
  store_password_shown: {
    sentence:
      'The password of a store does not belong on the command line, where every user of this machine can read it.',
    hint: 'Write --store without it, and the whole address into the environment variable FAIRWAY_STORE_URL.',
    status: 422,
    exit: 2,
  },
  store_encoding: {
    sentence: 'The database {store} keeps text as {found}, which cannot hold every character.',
    hint: "Use a database made with ENCODING 'UTF8'.",
    status: 409,
    exit: 2,
  },
  store_unavailable: {
    sentence: 'The store {store} cannot be used: {reason}.',
    hint: 'Check the disk and whether another program holds the file, or the database and the way to it; services keep running meanwhile.',
    status: 503,
    exit: 1,
  },
  store_unreadable: {
    sentence: '{file} could not be read as a journal: {reason}.',
    hint: 'Put back a copy, or move the file away to begin a new one.',
    status: 500,
    exit: 1,
  },
  store_url_invalid: {
    sentence: 'The address of the store is not one of a Postgres.',
    hint: 'Write postgres://user@host:5432/database; in FAIRWAY_STORE_URL with the password, its special characters percent-encoded.',
    status: 422,
    exit: 2,
  },
} as const satisfies Record<string, CatalogueEntry>;
