import type { Bytes, Millis } from '#kernel';

/** The public edge of an environment. Paths of files are as declared: relative to the system's folder, or absolute. */
export interface Edge {
  readonly listen: readonly {
    readonly address: string;
    readonly port: number;
    /** null: plain HTTP. */
    readonly tls: 'files' | 'acme' | null;
  }[];
  readonly minimumTls: '1.2' | '1.3';
  readonly certificates: readonly { readonly certificate: string; readonly key: string }[];
  readonly acme: {
    readonly email: string;
    readonly directory: string;
    readonly authority: string | null;
  } | null;
  readonly hosts: readonly {
    readonly host: string;
    readonly paths: readonly { readonly path: string; readonly service: string }[];
  }[];
  readonly redirectToHttps: boolean;
  readonly hsts: {
    readonly lifetime: Millis;
    readonly subdomains: boolean;
    readonly preload: boolean;
  } | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** null: writing requests of other sites are let in. */
  readonly csrf: { readonly except: readonly string[] } | null;
  readonly user: { readonly from: 'header' | 'cookie' | 'token'; readonly name: string | null } | null;
  readonly rateLimits: readonly {
    readonly name: string;
    readonly per: 'ip' | 'user' | 'route';
    readonly requests: number;
    readonly every: Millis;
    readonly burst: number;
    readonly paths: readonly string[];
  }[];
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly trusted: readonly string[];
  readonly compression: boolean;
  readonly maintenance: {
    readonly on: boolean;
    readonly file: string | null;
    readonly retryAfter: Millis;
    readonly testers: readonly string[];
  };
  readonly hold: { readonly requests: number; readonly wait: Millis };
  /** `file` null: beside the logs of the services. */
  readonly accessLog: {
    readonly file: string | null;
    readonly size: Bytes;
    readonly keep: number;
    readonly query: boolean;
  } | null;
  readonly limits: {
    readonly body: Bytes;
    readonly headers: Bytes;
    readonly fields: number;
    readonly connections: number;
    readonly streams: number;
  };
}
