/** What a listener lets through, and for how long. All sizes in bytes, all times in milliseconds. */
export interface ListenerSettings {
  /** Addresses and networks (CIDR) of proxies whose `Forwarded` and `X-Forwarded-*` are believed; all others' are replaced. */
  readonly trusted: readonly string[];
  /** Connections at once; further ones are closed as they come. */
  readonly connections: number;
  /** Request line and fields together; beyond it 431. */
  readonly head: number;
  /** The target alone; beyond it 414. */
  readonly target: number;
  /** Fields of one head; beyond it 431. */
  readonly fields: number;
  /** A body, as it comes over the wire; beyond it 413. Looked at once a second where no length was announced. */
  readonly body: number;
  /** From the first byte of a head (or the opening of a connection) to the last; beyond it 408. */
  readonly headMillis: number;
  /** In each such window at least `bodyBytes` of a body come, or it is given up with 408. */
  readonly bodyMillis: number;
  readonly bodyBytes: number;
  /** How long a connection waits for its next request. */
  readonly idleMillis: number;
  /** How long the rest of a body may still come after its request was answered. */
  readonly lingerMillis: number;
}

const kibi = 1_024;

/** The defaults, each with its reason. */
export const defaultSettings: ListenerSettings = {
  /** A caller can write whatever it likes. */
  trusted: [],
  /** At some 20 kB each, with a connection to a replica of its own, about half a gigabyte. */
  connections: 10_000,
  /** Twice what Node takes itself: cookies of single sign-on come close to 16 kB. HAProxy takes 16, Envoy 60. */
  head: 32 * kibi,
  /** RFC 9110, section 4.1, asks for 8,000 at least; half of a head leaves room for its fields. */
  target: 16 * kibi,
  /** Envoy's limit, and HAProxy's but for one. */
  fields: 100,
  /** A body is passed on as it comes and costs no memory here; this protects services that have no limit themselves. */
  body: 1_024 ** 3,
  /** The whole head is one packet for honest callers; HAProxy's manual advises the same 10 s. */
  headMillis: 10_000,
  /** nginx's time limit between two reads. One byte is enough: events that go up slowly are no attack. */
  bodyMillis: 60_000,
  bodyBytes: 1,
  /** More than the 60 s of common load balancers before us: whoever keeps a connection longest loses no request on it. */
  idleMillis: 65_000,
  /** Enough for the answer to be read first; nobody reads the rest. */
  lingerMillis: 5_000,
};
