/**
 * A small S3-compatible server for the local target, on `node:http` and `node:sqlite`: `main.ts` is its process.
 * `protocol/` knows signatures, framing, checksums and XML, and no disk; `storage/` knows buckets, versions and files, and
 * no HTTP; each file of `operations/` is an operation of S3 that joins the two; `routes.ts` lists them all.
 */
export { prepareBucket } from './prepare.ts';
