import type { Server } from 'node:net';

/** The number of a server's listening socket, which Node says nowhere else; −1: it does not listen. */
export function fdOf(server: Server): number {
  const { _handle: handle } = server as Server & { readonly _handle?: { readonly fd?: number } | null };
  return handle?.fd ?? -1;
}
