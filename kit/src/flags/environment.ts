import { type JsonValue, StandardResolutionReasons } from '@openfeature/server-sdk';
import type { FlagSource, FlagType } from './provider.ts';

/** FLAG_NEW_CART for `new-cart`; what cannot be read as the type that is asked for is not there. */
export function environmentSource(env: Readonly<Record<string, string | undefined>>): FlagSource {
  return {
    find(name, type) {
      const text = env[`FLAG_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`];
      const value = text === undefined || text === '' ? null : valueOf(text, type);
      return Promise.resolve(value === null ? null : { value, reason: StandardResolutionReasons.STATIC });
    },
  };
}

function valueOf(text: string, type: FlagType): JsonValue {
  switch (type) {
    case 'string':
      return text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : null;
    case 'number':
      return Number.isFinite(Number(text)) ? Number(text) : null;
    case 'object':
      return parsed(text);
  }
}

function parsed(text: string): JsonValue {
  try {
    const value = JSON.parse(text) as JsonValue;
    return typeof value === 'object' ? value : null;
  } catch {
    return null; // no object, as any other text
  }
}
