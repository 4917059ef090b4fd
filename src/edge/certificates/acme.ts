import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import type { Client, Order } from 'acme-client';
import { fail, ok, type Result } from '#kernel';
import type { AcmeSettings } from '../settings.ts';

/** An account with a certificate authority. The key is PEM. */
export interface Account {
  readonly key: string;
  /** null: it has not been made yet. */
  readonly url: string | null;
}

export interface Issued {
  readonly chain: string;
  readonly key: string;
  readonly account: Account;
}

/** Answers for `/.well-known/acme-challenge/<token>`, while they are asked for. */
export interface Challenges {
  /** Resolves when every listener answers so. */
  set(token: string, answer: string): Promise<void>;
  remove(token: string): Promise<void>;
}

/**
 * Gets a certificate for one host by RFC 8555 with HTTP-01 challenges. The authority is given a fresh key each time. `pollMillis`: how
 * long to wait at first between questions for progress. Failure: `edge_certificate_not_issued` (facts: host, reason).
 */
export async function orderCertificate(options: {
  readonly settings: AcmeSettings;
  readonly host: string;
  readonly account: Account | null;
  readonly challenges: Challenges;
  readonly pollMillis: number;
}): Promise<Result<Issued>> {
  const { settings, host, challenges } = options;
  const given: string[] = [];
  try {
    const acme = await import('acme-client'); // heavy: only where it is used
    const authority = settings.authority === null ? null : await readFile(settings.authority, 'utf8');
    if (authority === null) delete acme.axios.defaults.httpsAgent;
    else acme.axios.defaults.httpsAgent = new Agent({ ca: authority });
    const accountKey = options.account?.key ?? (await acme.crypto.createPrivateEcdsaKey('P-256')).toString();
    const client = new acme.Client({
      directoryUrl: settings.directory,
      accountKey,
      ...(options.account?.url == null ? {} : { accountUrl: options.account.url }),
      backoffMin: options.pollMillis,
      backoffMax: 30_000,
      backoffAttempts: 12,
    });
    await client.createAccount({ termsOfServiceAgreed: true, contact: [`mailto:${settings.email}`] });
    const order = await client.createOrder({ identifiers: [{ type: 'dns', value: host }] });
    await proveControl(client, order, { challenges, given });
    const [key, request] = await acme.crypto.createCsr(
      { altNames: [host] },
      (await acme.crypto.createPrivateEcdsaKey('P-256')).toString(),
    );
    const chain = await client.getCertificate(await client.finalizeOrder(order, request));
    return ok({ chain, key: key.toString(), account: { key: accountKey, url: client.getAccountUrl() } });
  } catch (reason) {
    const message = reason instanceof Error ? reason.message : String(reason);
    return fail('edge_certificate_not_issued', { host, reason: message.slice(0, 500) });
  } finally {
    for (const token of given) await challenges.remove(token);
  }
}

async function proveControl(
  client: Client,
  order: Order,
  { challenges, given }: { readonly challenges: Challenges; readonly given: string[] },
): Promise<void> {
  for (const authorization of await client.getAuthorizations(order)) {
    if (authorization.status === 'valid') continue; // proved a short while ago
    const challenge = authorization.challenges.find(({ type }) => type === 'http-01');
    if (challenge === undefined) throw new Error('the authority offers no HTTP-01 challenge');
    given.push(challenge.token);
    await challenges.set(challenge.token, await client.getChallengeKeyAuthorization(challenge));
    await client.completeChallenge(challenge);
    await client.waitForValidStatus(challenge);
  }
}
