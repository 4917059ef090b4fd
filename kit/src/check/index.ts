/** For short programs that run every few seconds: checks, and the settings they read. Loads no package. */
export { type CheckProgram, type CheckWorld, type Finding, runCheck } from './check.ts';
export { systemClock } from '../clock.ts';
export { sign } from '../hmac.ts';
export { httpProtocols, optionalSecret, postgresProtocols, secret, text, url } from '../settings.ts';
