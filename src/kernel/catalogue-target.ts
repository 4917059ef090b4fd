import type { CatalogueEntry } from './catalogue-entry.ts';

/** What can go wrong with folders, processes and ports on the machine that runs the services. */
export const targetEntries = {
  cancelled: {
    sentence: '{what} was cancelled.',
    hint: 'Ask again when you want it.',
    status: 503,
    exit: 1,
  },
  disk_failed: {
    sentence: 'The disk did not do what was asked for at {path}: {reason}.',
    hint: 'Check the disk and the folder, then try again.',
    status: 500,
    exit: 1,
  },
  disk_full: {
    sentence: 'The disk that holds {path} is full.',
    hint: 'Free some space and try again; nothing was lost.',
    status: 507,
    exit: 1,
  },
  fenced: {
    sentence: 'Another controller (epoch {highest}) has taken over from this one (epoch {fence}).',
    hint: 'Nothing needs to be done: the newer one goes on. If it is not meant to run, stop it.',
    status: 409,
    exit: 1,
  },
  limits_not_applied: {
    sentence:
      'The limits of memory and processor of the replica {replica} could not be set, so it was not started.',
    hint: 'Check whether Fairway may write to its control group (/sys/fs/cgroup), or take the limits out of the definition.',
    status: 500,
    exit: 1,
  },
  no_free_port: {
    sentence: 'No free port was found on 127.0.0.1.',
    hint: 'End programs that hold many ports, then try again.',
    status: 503,
    exit: 1,
  },
  not_found: {
    sentence: '{path} is not there.',
    hint: 'Check the path, or whether somebody moved the folder.',
    status: 404,
    exit: 1,
  },
  not_open: {
    sentence: 'The environment is not open on its target.',
    hint: 'Bring it up with "fairway up".',
    status: 409,
    exit: 1,
  },
  not_permitted: {
    sentence: 'Fairway may not write to {path}.',
    hint: 'Check who owns it: run Fairway as that user, or change the owner.',
    status: 403,
    exit: 1,
  },
  port_taken: {
    sentence: 'Port {port}[ of the service {service}] is in use by another program.',
    hint: 'End that program, or give the service another port.',
    status: 409,
    exit: 1,
  },
  process_not_ended: {
    sentence: 'The process {pid} of the replica {replica} did not end, not even when it was killed.',
    hint: 'It may be waiting for a disk. It is tried again; see it with "ps -p {pid}".',
    status: 500,
    exit: 1,
  },
  process_not_started: {
    sentence: '{command} could not be started: {reason}.',
    hint: 'Check the command in the definition, and that the program is installed and may be run.',
    status: 500,
    exit: 1,
  },
  route_stale: {
    sentence: 'Routing table {version} came after table {present} and was not used.',
    hint: 'Nothing needs to be done: the newer table holds.',
    status: 409,
    exit: 1,
  },
  router_absent: {
    sentence: 'The router does not run.',
    hint: 'It is started again by itself within seconds; if it is not, bring the environment up again with "fairway up".',
    status: 503,
    exit: 1,
  },
  secret_missing: {
    sentence: 'The secret {secret} has no value here.',
    hint: 'Set it with "fairway secret set {secret}".',
    status: 409,
    exit: 2,
  },
  secret_version_unknown: {
    sentence: 'Version {version} of the secret {secret} is not kept any more.',
    hint: 'Set its value again with "fairway secret set {secret}" and release.',
    status: 409,
    exit: 1,
  },
  service_has_no_route: {
    sentence: 'The check {check} asks the service {service}, which takes no requests.',
    hint: 'Let it ask a service with traffic: http.',
    status: 422,
    exit: 2,
  },
  snapshot_damaged: {
    sentence: 'The snapshot {build} is not what it was when it was made.',
    hint: 'Release again: the snapshot is made anew from the folder.',
    status: 500,
    exit: 1,
  },
  snapshot_missing: {
    sentence: 'The snapshot {build} is not there any more.',
    hint: 'Release again: the snapshot is made anew from the folder.',
    status: 404,
    exit: 1,
  },
  source_missing: {
    sentence: 'The folder or file {path} is not there.',
    hint: 'Check the path in the definition; it is relative to the folder of the system.',
    status: 404,
    exit: 2,
  },
  source_outside: {
    sentence: '{path} lies outside the folder of the system.',
    hint: 'Move it inside, or take the link away: what is released must be in one folder.',
    status: 422,
    exit: 2,
  },
  source_unreadable: {
    sentence: '{path} could not be read.',
    hint: 'Check who owns it and whether it is a normal file or folder.',
    status: 500,
    exit: 2,
  },
  state_unreadable: {
    sentence: 'The state in {path} could not be read: {reason}.',
    hint: 'If a newer Fairway wrote it, use that one. Else put back a copy of the file, or bring the environment down and up again.',
    status: 500,
    exit: 1,
  },
  target_broken: {
    sentence: 'The target met something it was not written for: {reason}.',
    hint: 'Try again; if it comes back, report it with the output of "fairway explain".',
    status: 500,
    exit: 1,
  },
} as const satisfies Record<string, CatalogueEntry>;
