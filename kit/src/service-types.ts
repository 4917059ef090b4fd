import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Clock, Random } from './clock.ts';
import type { Flags } from './flags.ts';
import type { Log, LogFormat } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { ReadyCheck } from './ready.ts';
import type { serviceSettings } from './service-settings.ts';
import type { Settings, Values } from './settings.ts';
import type { Tracing } from './tracing.ts';

export type ServiceSettings = Values<typeof serviceSettings>;

/** What a service is started with. */
export interface Host<S extends Settings = Settings> {
  readonly settings: Values<S> & ServiceSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly flags: Flags;
  /** Aborted when the service is told to stop. */
  readonly stopping: AbortSignal;
}

/** Takes work from a queue or does it by the clock. It must take nothing before `resume` is called for the first time. */
export interface Consumer {
  /** Resolves when nothing more is taken; what has been begun may go on. */
  pause(): Promise<void>;
  /** May be called when it runs already. */
  resume(): Promise<void>;
}

/** Answers a request. What it throws, or rejects with, is logged and answered with 500. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** What a service consists of, once started. */
export interface Parts {
  /** Answers what is no probe; `honoHandler(app)` and `fastifyHandler(app)` make one. */
  readonly handler: Handler;
  readonly ready?: Readonly<Record<string, ReadyCheck>>;
  /** Until it says true, the service is still warming up. */
  started?(): boolean | Promise<boolean>;
  readonly consumer?: Consumer;
  /** Is given the server before it listens, for what is no plain request, as WebSockets. */
  attach?(server: Server): void;
  /** Ends what is under way besides requests, within the grace. Ends WebSockets. */
  finish?(): Promise<void>;
  /** Closes pools and connections; nothing is asked of the service any more. */
  close?(): Promise<void>;
}

export interface Paths {
  readonly health: string;
  readonly ready: string;
  readonly startup: string;
  readonly metrics: string;
  readonly pause: string;
  readonly resume: string;
}

export interface Service<S extends Settings> {
  readonly name: string;
  readonly settings: S;
  /** Opens what the service needs. A rejection ends the process with 1. */
  start(host: Host<S>): Promise<Parts>;
  readonly logFormat?: LogFormat;
  readonly paths?: Partial<Paths>;
  /** Milliseconds in which a request must have come in whole. */
  readonly requestTimeout?: number;
}
