import { jwtVerify, SignJWT } from 'jose';

/** Who a request is for, as the gateway tells the services behind it. */
export interface Caller {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
}

const issuer = 'kianax-auth';
/** A token lives as long as a slow request; it never leaves the private network. */
const seconds = 60;

/** Signs who it is with the secret that all services share. `now` in milliseconds. */
export function signCaller(caller: Caller, secret: string, now: number): Promise<string> {
  const issued = Math.floor(now / 1_000);
  return new SignJWT({ email: caller.email, name: caller.name })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(issuer)
    .setSubject(caller.userId)
    .setIssuedAt(issued)
    .setExpirationTime(issued + seconds)
    .sign(new TextEncoder().encode(secret));
}

/** Who signed in, or null when the token is missing, foreign, changed or too old. */
export async function readCaller(
  authorization: string | undefined,
  secret: string,
  now: number,
): Promise<Caller | null> {
  const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
  if (token === undefined) return null;
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), {
      issuer,
      algorithms: ['HS256'],
      currentDate: new Date(now),
    });
    const { sub, email, name } = payload;
    if (sub === undefined || typeof email !== 'string' || typeof name !== 'string') return null;
    return { userId: sub, email, name };
  } catch {
    return null;
  }
}
