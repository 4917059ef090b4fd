import type { Client } from 'fairway-kit';

export interface PersonalAnswer {
  /** What each service said, by its name. */
  readonly parts: Readonly<Record<string, unknown>>;
  /** Those that did not do it. */
  readonly missing: readonly string[];
}

/** Everything that the services know of a user; they are asked at once. */
export async function exportAll(
  services: Readonly<Record<string, Client>>,
  headers: Readonly<Record<string, string>>,
): Promise<PersonalAnswer> {
  const answers = await Promise.all(
    Object.entries(services).map(
      async ([name, client]) => [name, await ask(client, 'GET', '/me/export', headers)] as const,
    ),
  );
  return {
    parts: Object.fromEntries(answers.filter(([, answer]) => answer !== null)),
    missing: answers.filter(([, answer]) => answer === null).map(([name]) => name),
  };
}

/**
 * One after the other, auth the last: whoever may not be asked again stays signed in until all others have done it. Deleting
 * twice is no harm, so that a user repeats what failed.
 */
export async function deleteAll(
  services: Readonly<Record<string, Client>>,
  headers: Readonly<Record<string, string>>,
): Promise<PersonalAnswer> {
  const parts: Record<string, unknown> = {};
  for (const [name, client] of Object.entries(services)) {
    const answer = await ask(client, 'DELETE', '/me', headers);
    if (answer === null) return { parts, missing: [name] };
    parts[name] = answer;
  }
  return { parts, missing: [] };
}

async function ask(client: Client, method: string, path: string, headers: Readonly<Record<string, string>>) {
  try {
    const { status, body } = await client.call(method, path, { headers });
    return status === 200 ? body : null;
  } catch {
    return null; // the client has written why
  }
}
