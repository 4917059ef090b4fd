import { OFREPProvider } from '@openfeature/ofrep-provider';
import { ErrorCode, type JsonValue } from '@openfeature/server-sdk';
import type { FlagSource, FlagType } from './provider.ts';

/** Asks a server for each evaluation. https://openfeature.dev/docs/reference/other-technologies/ofrep/ */
export function serverSource(options: {
  readonly url: string;
  readonly timeout: number;
  readonly headers: Readonly<Record<string, string>>;
}): FlagSource {
  const { url, timeout, headers } = options;
  const provider = new OFREPProvider({
    baseUrl: url,
    headers: { ...headers },
    fetchImplementation: (...[input, init]: Parameters<typeof fetch>) =>
      fetch(input, { ...init, signal: AbortSignal.timeout(timeout) }),
  });
  const samples = { boolean: false, string: '', number: 0, object: {} } as const satisfies Record<
    FlagType,
    JsonValue
  >;

  return {
    async find(name, type, who) {
      try {
        // The provider checks the type of the value by that of the fallback.
        const { value, reason, variant } = await provider.resolveObjectEvaluation<JsonValue>(
          name,
          samples[type],
          who,
        );
        return { value, reason: reason ?? 'UNKNOWN', ...(variant !== undefined && { variant }) };
      } catch (failure) {
        if (isUnknown(failure)) return null;
        throw failure;
      }
    },
  };
}

/** By code: the provider loads a copy of the library of its own, so that its errors are of other classes than ours. */
const isUnknown = (failure: unknown): boolean =>
  failure instanceof Error &&
  'code' in failure &&
  (failure.code === ErrorCode.FLAG_NOT_FOUND || failure.code === ErrorCode.TYPE_MISMATCH);
