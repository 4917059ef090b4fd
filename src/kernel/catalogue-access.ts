import type { CatalogueEntry } from './catalogue-entry.ts';

/** Who is let in, and where the control plane listens. */
export const accessEntries = {
  link_ended: {
    sentence: 'This link is not good any more: its ten minutes, or the token of who made it, are over.',
    hint: 'Make a new one with "fairway dashboard".',
    status: 401,
    exit: 5,
  },
  link_unknown: {
    sentence: 'This link is not known here.',
    hint: 'Make a new one with "fairway dashboard".',
    status: 401,
    exit: 5,
  },
  link_used: {
    sentence: 'This link was opened before, at {at:time}.',
    hint: 'Make a new one with "fairway dashboard". If it was not you, "fairway recover breach" ends every login.',
    status: 401,
    exit: 5,
  },
  listen_address_invalid: {
    sentence: '{address} is no address to listen at.',
    hint: 'Write host:port, such as 127.0.0.1:4040.',
    status: 422,
    exit: 2,
  },
  listen_failed: {
    sentence: '{address} cannot be listened at: {reason}.',
    hint: 'Check that it is an address of this machine and that the port is allowed.',
    status: 500,
    exit: 1,
  },
  listen_needs_public_url: {
    sentence: '{address} can be reached by others, and it is not said under which name.',
    hint: 'Add --public-url https://deploy.example.com; requests are answered under that name only.',
    status: 422,
    exit: 5,
  },
  listen_twice: {
    sentence: 'The flags --port {port} and --listen {address} name different ports of this machine.',
    hint: 'Leave one of them out.',
    status: 422,
    exit: 2,
  },
  login_too_often: {
    sentence: 'Too many wrong logins; the next may be tried in {seconds} s.',
    hint: 'Wait, then try with the right token.',
    status: 429,
    exit: 5,
  },
  origin_not_allowed: {
    sentence: 'The request came from {origin}, not from the page of this control plane.',
    hint: 'Use the dashboard itself; programs send a token.',
    status: 403,
    exit: 5,
  },
  public_url_invalid: {
    sentence: '{url} cannot be the public address.',
    hint: 'Write scheme and name only: https://deploy.example.com.',
    status: 422,
    exit: 2,
  },
  role_forbids: {
    sentence: '{name} is {role} here, and this needs the right to {needs}.',
    hint: 'Ask somebody who may, or for a token with another role.',
    status: 403,
    exit: 5,
  },
  approval_role_forbids: {
    sentence: '{name} agrees as {approves} here, not as {role}.',
    hint: 'Ask somebody who has that role, or for a token made with "fairway token create NAME --role approver --approves ROLE".',
    status: 403,
    exit: 5,
  },
  tls_file_unreadable: {
    sentence: '{file} cannot be read: {reason}.',
    hint: 'Check the path and who may read it.',
    status: 422,
    exit: 2,
  },
  tls_incomplete: {
    sentence: 'TLS needs --listen, --tls-cert and --tls-key together.',
    hint: 'Give all three, or leave TLS to a proxy.',
    status: 422,
    exit: 2,
  },
  tls_unusable: {
    sentence: 'Certificate and key cannot be used: {reason}.',
    hint: 'Both must be PEM and belong together.',
    status: 422,
    exit: 2,
  },
  tls_without_https: {
    sentence: 'A certificate is given, but the public address[ {url}] is not https.',
    hint: 'Write --public-url https://deploy.example.com.',
    status: 422,
    exit: 2,
  },
  token_name_taken: {
    sentence: 'There is a good token named {name} already.',
    hint: 'Choose another name, or revoke that one first.',
    status: 409,
    exit: 5,
  },
  token_unknown: {
    sentence: 'There is no token {id}.',
    hint: 'See "fairway token list".',
    status: 404,
    exit: 2,
  },
  token_wrong: {
    sentence: 'This token is unknown, revoked or past its time.',
    hint: 'Ask for a new one: "fairway token create".',
    status: 401,
    exit: 5,
  },
} as const satisfies Record<string, CatalogueEntry>;
