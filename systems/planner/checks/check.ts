import { type CheckWorld, httpProtocols, runCheck, url } from 'fairway-kit/check';

const settings = { app: url('APP_URL', httpProtocols) };

type Ask = (path: string, body: object | Uint8Array<ArrayBuffer>) => Promise<Response>;

/** Does the work within the limit (milliseconds); `ask` is a POST to the arm of the release that is to be judged. */
export function check(limit: number, work: (ask: Ask) => Promise<string>): Promise<void> {
  return runCheck({ settings, limit, work: (world) => work(askOf(world)) });
}

function askOf({ settings: { app }, arm, signal }: CheckWorld<typeof settings>): Ask {
  return async (path, body) => {
    const isFile = body instanceof Uint8Array;
    const response = await fetch(new URL(path, app), {
      method: 'POST',
      headers: { 'content-type': isFile ? 'application/pdf' : 'application/json', ...arm },
      body: isFile ? body : JSON.stringify(body),
      signal,
    });
    if (!response.ok)
      throw new Error(`${path} answered ${response.status}: ${(await response.text()).slice(0, 200)}`);
    return response;
  };
}
