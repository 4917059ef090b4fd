import { systemClock } from 'fairway-kit';

/** Secrets of tests; every service takes the ones it knows. */
export const secrets = {
  AUTH_SECRET: 'signs the cookies of tests',
  JWT_SECRET: 'signs the tokens of tests',
  BROKER_KEY: 'seals the keys of tests',
  OPENAI_API_KEY: 'asks the models of tests',
  POLYGON_API_KEY: 'listens to the quotes of tests',
  GITHUB_CLIENT_SECRET: 'signs in by GitHub in tests',
  GOOGLE_CLIENT_SECRET: 'signs in by Google in tests',
};

/** What a browser would send back after this answer. */
export function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0] ?? '')
    .filter((cookie) => !cookie.endsWith('='))
    .join('; ');
}

/** Somebody who has signed up, with a browser's manners. */
export async function personAt(url: string, email: string, password = 'a long password') {
  const origin = new URL(url).origin;
  const request = (path: string, body: object, headers: Readonly<Record<string, string>>) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin, ...headers },
      body: JSON.stringify(body),
    });
  let entered = await request('/api/auth/sign-up/email', { email, password, name: 'Test' }, {});
  if (entered.status === 422) entered = await request('/api/auth/sign-in/email', { email, password }, {});
  if (!entered.ok) throw new Error(`${entered.status} ${await entered.text()}`);
  const cookie = cookiesOf(entered);
  const read = async (response: Response) => {
    const text = await response.text();
    return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as unknown };
  };
  return {
    cookie,
    get: async (path: string) => read(await fetch(url + path, { headers: { cookie } })),
    post: async (path: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
      read(await request(path, body, { cookie, ...headers })),
    send: async (method: string, path: string, body?: object) =>
      read(
        await fetch(url + path, {
          method,
          headers: { cookie, origin, 'content-type': 'application/json' },
          body: body === undefined ? null : JSON.stringify(body),
        }),
      ),
  };
}

export type Person = Awaited<ReturnType<typeof personAt>>;

/** Looks again and again until it holds. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const until = performance.now() + 15_000;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`did not come about: ${what}`);
    await systemClock.sleep(25);
  }
}
