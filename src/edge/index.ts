export { type Access, accessLine } from './access-log.ts';
export { type AddressList, addressList, clientAddress } from './address.ts';
export { bucketMemory, createBuckets } from './buckets.ts';
export {
  type Certificate,
  certificateFor,
  readCertificate,
  tlsOptions,
} from './certificates/certificate.ts';
export { followFiles, readPair } from './certificates/files.ts';
export { keepCertificates, keptCertificate } from './certificates/renewing.ts';
export { type Encoding, isCompressible, negotiate, weakened, withName } from './encoding.ts';
export { challengeIn, isExcepted, isForged, secureAddress, securityHeaders } from './guards.ts';
export { createLimiter, type Limiter, userOf } from './limits.ts';
export { type LogFile, openLogFile } from './log-file.ts';
export { createMatcher, type Matcher, nameOf } from './match.ts';
export { createMetrics, type EdgeMetrics, labelsOf, metricText } from './metrics.ts';
export { type EdgeListen, edgeSchema, type EdgeSettings } from './settings.ts';
