import type { Facts } from '#kernel';

/** RFC 9457 problem details with our code, hint and exit code. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly hint: string;
  readonly exit: number;
  /** What the sentence was made from. */
  readonly facts?: Facts;
  /** Findings of a definition that cannot be used, one line each. */
  readonly findings?: readonly string[];
}
