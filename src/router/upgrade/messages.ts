import type { RouterTable } from '../contract.ts';
import type { Look } from '../plane.ts';

/** What the two processes of an upgrade tell each other, beside the calls of the predecessor's plane. */
export type UpgradeMessage =
  /** Old to new: what to serve. The sockets stand behind the standard ones, in this order. */
  | {
      readonly upgrade: 'facts';
      readonly epoch: string;
      readonly table: RouterTable;
      /** For each thread its sockets. */
      readonly sockets: readonly (readonly { readonly port: number; readonly fd: number }[])[];
      readonly admin: { readonly port: number; readonly fd: number };
    }
  /** New to old: everything is there but the listening. */
  | { readonly upgrade: 'ready' }
  /** Old to new: the folder's lock is yours, serve. */
  | { readonly upgrade: 'go' }
  /** Old to new: do not. */
  | { readonly upgrade: 'stop' }
  /** New to old: it listens. */
  | { readonly upgrade: 'serving'; readonly pid: number }
  /** Old to new: nothing is open any more, these are the last totals. */
  | { readonly upgrade: 'bye'; readonly look: Look };

export const isUpgradeMessage = (message: unknown): message is UpgradeMessage =>
  typeof message === 'object' && message !== null && 'upgrade' in message;

/** The standard streams and the channel come first. */
export const firstSocket = 4;
