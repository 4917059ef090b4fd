import type { EdgeSettings } from '#edge';

/** A chain and its key, as PEM. */
export interface CertificateText {
  readonly chain: string;
  readonly key: string;
}

/** Everything a front works by: plain data, since fronts live in several threads. */
export interface FrontOrder {
  readonly settings: EdgeSettings;
  readonly live: LiveOrder;
  /** The rate limits' buckets, shared by all threads. */
  readonly buckets: SharedArrayBuffer;
  readonly secret: string;
  /** Of several threads one sets the access log aside. */
  readonly isFirst: boolean;
  /** Several threads listen on one port. */
  readonly isShared: boolean;
}

/** What changes without a new table. */
export interface LiveOrder {
  readonly certificates: readonly CertificateText[];
  /** Answers to a certificate authority, by token (RFC 8555, section 8.3). */
  readonly challenges: Readonly<Record<string, string>>;
  readonly maintenance: {
    readonly isOn: boolean;
    /** The page; null: a plain sentence. */
    readonly page: string | null;
  };
}
