export { type Clock, type Random, repeat, seededRandom, systemClock } from './clock.ts';
export { type Config, readConfig, type Sources } from './config.ts';
export {
  contextOf,
  currentRequest,
  identify,
  outgoingHeaders,
  type RequestContext,
  setRoute,
  withRequest,
} from './context.ts';
export {
  createLog,
  type Fields,
  type Level,
  type Log,
  type LogFormat,
  type LogOptions,
  type OperationRecord,
} from './log.ts';
export { createMetrics, jobCounters, type Labels, type Metrics, type Sample } from './metrics.ts';
export type { ReadyCheck } from './ready.ts';
export { messageOf } from './reason.ts';
export { type ProcessWorld, runService } from './run-service.ts';
export { ConfigError, createService, type RunningService, type ServiceWorld } from './service.ts';
export { serviceSettings } from './service-settings.ts';
export type { Ending } from './service-shutdown.ts';
export type { Consumer, Handler, Host, Parts, Paths, Service, ServiceSettings } from './service-types.ts';
export {
  choice,
  count,
  duration,
  flag,
  httpProtocols,
  optional,
  optionalSecret,
  postgresProtocols,
  redisProtocols,
  secret,
  setting,
  type Setting,
  type Settings,
  share,
  text,
  url,
  type Values,
} from './settings.ts';
export {
  type CallOptions,
  type Client,
  type ClientOptions,
  type ClientResponse,
  createClient,
  UnreachableError,
} from './client.ts';
export {
  signatureHeader,
  type SignatureHeaders,
  type SignedRequest,
  sign,
  timestampHeader,
  type Verified,
  verify,
} from './hmac.ts';
export {
  createIdempotency,
  type Idempotency,
  type IdempotencyOptions,
  type IdempotencyStore,
  type IdempotentRequest,
  idempotencyTable,
  memoryStore,
  postgresStore,
  redisStore,
} from './idempotency.ts';
export { isFromOwnPage } from './own-page.ts';
export { hashPassword, isPassword, type PasswordCost } from './passwords.ts';
export { createRateLimit, type RateLimit, type RateLimitOptions, type Taken } from './rate-limit.ts';
export {
  BreakerOpenError,
  createPolicy,
  type Policy,
  type PolicyOptions,
  type RunOptions,
  TimeoutError,
} from './resilience.ts';
export {
  createTracing,
  spanHeaders,
  type SpanAttributes,
  type SpanNotes,
  type Tracing,
  type TracingOptions,
} from './tracing.ts';
export { createFlags, type Exposure, type FlagOptions, type Flags, type Who } from './flags.ts';
