import { dayAndTime } from '#api/browser';
import type { Json } from '#kernel';

type Facts = { readonly [key: string]: Json };

/** An entry of the stream of access in one sentence. */
export function accessSentence(type: string, facts: Facts): string {
  const by = text(facts['by']);
  const until = facts['until'];
  switch (type) {
    case 'access.token_made': {
      const end = typeof until === 'number' ? `until ${dayAndTime(until)}` : 'until it is revoked';
      return `${by} made the token ${text(facts['name'])} for the role ${text(facts['role'])}, good ${end}`;
    }
    case 'access.token_revoked':
      return `${by} revoked the token ${text(facts['name'])}`;
    case 'access.logged_in':
      return `${by} logged in as ${text(facts['role'])} with a ${text(facts['with'])}`;
    case 'access.link_made':
      return `${by} made a link that opens the dashboard once`;
    case 'access.all_revoked':
      return `${by} ended every session and revoked ${text(facts['tokens'])} ${facts['tokens'] === 1 ? 'token' : 'tokens'}`;
    default:
      return type;
  }
}

const text = (value: Json | undefined) =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
