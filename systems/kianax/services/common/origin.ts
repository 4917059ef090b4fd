/**
 * How a browser reached the gateway. Routers between services write x-forwarded-* anew at each step, so that the gateway says
 * it to the services in headers of our own.
 */
export interface Seen {
  readonly host: string;
  readonly proto: string;
  /** Of the client. */
  readonly address: string;
}

const names = { host: 'x-kianax-host', proto: 'x-kianax-proto', address: 'x-kianax-address' } as const;

export const toHeaders = (seen: Seen): Record<string, string> => ({
  [names.host]: seen.host,
  [names.proto]: seen.proto,
  [names.address]: seen.address,
});

/** A request as the browser sent it: to the address in its address bar, from its own address. */
export async function asSent(request: Request): Promise<Request> {
  const url = new URL(request.url);
  const headers = new Headers(request.headers);
  const host = headers.get(names.host) ?? url.host;
  const proto = headers.get(names.proto) === 'https' ? 'https' : 'http';
  headers.set('host', host);
  headers.set('x-forwarded-host', host);
  headers.set('x-forwarded-proto', proto);
  headers.set('x-forwarded-for', headers.get(names.address) ?? '');
  const hasBody = !['GET', 'HEAD'].includes(request.method);
  return new Request(`${proto}://${host}${url.pathname}${url.search}`, {
    method: request.method,
    headers,
    body: hasBody ? await request.arrayBuffer() : null,
  });
}
