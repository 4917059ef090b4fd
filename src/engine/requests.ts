import type { Intent } from '#core/release';
import type { Environment } from '#core/system';

/** Who asks, and why: kept in the journal. */
export interface Asker {
  readonly by: string;
  readonly note: string;
}

export interface ReleaseRequest extends Asker {
  readonly environment: Environment;
  /** Absolute folder laid out like the system's: services are built from it. */
  readonly sourceFolder: string;
  /** Shown in the history: the folder or git reference as the user wrote it. */
  readonly source: string;
  /** Only these services take the new build; null: all of them. */
  readonly services: readonly string[] | null;
}

/** Releases what another environment of the same system has released: its builds, with the declaration of this one. */
export interface PromotionRequest extends Asker {
  readonly environment: Environment;
  readonly from: string;
  /** A release of `from`; null: the one that it runs. */
  readonly release: number | null;
}

/** What a person asks of the rollout under way. */
export interface IntentRequest extends Asker {
  readonly intent: Exclude<Intent, 'supersede'>;
  /** In which role they approve. */
  readonly role: string;
}

/** An accepted request: its story is told by the journal after this sequence. */
export interface Accepted {
  readonly after: number;
  readonly release: number | null;
}
