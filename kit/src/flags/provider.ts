import {
  type EvaluationContext,
  type JsonValue,
  type Provider,
  type ResolutionDetails,
  StandardResolutionReasons,
} from '@openfeature/server-sdk';

export type FlagType = 'boolean' | 'string' | 'number' | 'object';

export interface Found {
  readonly value: JsonValue;
  readonly reason: string;
  readonly variant?: string;
}

/** Where values of flags come from. Null: it does not know this flag, or not with this type. Rejects when it cannot say. */
export interface FlagSource {
  find(name: string, type: FlagType, who: EvaluationContext): Promise<Found | null>;
}

/** What OpenFeature asks. */
export function providerOf(source: FlagSource): Provider {
  const resolve = async <T extends JsonValue>(
    name: string,
    fallback: T,
    type: FlagType,
    who: EvaluationContext,
  ): Promise<ResolutionDetails<T>> => {
    const found = await source.find(name, type, who);
    if (found === null) return { value: fallback, reason: StandardResolutionReasons.DEFAULT };
    return { ...found, value: found.value as T }; // of this type: the source was asked for it
  };
  return {
    metadata: { name: 'fairway-kit' },
    runsOn: 'server',
    resolveBooleanEvaluation: (name, fallback, who) => resolve(name, fallback, 'boolean', who),
    resolveStringEvaluation: (name, fallback, who) => resolve(name, fallback, 'string', who),
    resolveNumberEvaluation: (name, fallback, who) => resolve(name, fallback, 'number', who),
    resolveObjectEvaluation: (name, fallback, who) => resolve(name, fallback, 'object', who),
  };
}
