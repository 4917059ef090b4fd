import type { Clock } from './clock.ts';

export type Level = 'debug' | 'info' | 'warning' | 'error';
export type Fields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warning(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

const levels: readonly string[] = ['debug', 'info', 'warning', 'error'] satisfies Level[];
const hidden = '[hidden]';
const secretName = /pass(word|phrase)|secret|token|cookie|authori[sz]ation|signature|api_?key|private_?key/i;

/**
 * One JSON line per message. Fields whose name says that they are secret are hidden, and so is every known secret
 * wherever it stands, also inside a text.
 */
export function createLog(options: {
  readonly clock: Clock;
  readonly level: string;
  readonly base: Fields;
  readonly secrets: readonly string[];
  readonly write: (line: string) => void;
}): Log {
  const least = Math.max(levels.indexOf(options.level), 0);
  const secrets = options.secrets.map((secret) => JSON.stringify(secret).slice(1, -1));
  const at =
    (level: Level) =>
    (message: string, fields: Fields = {}) => {
      if (levels.indexOf(level) < least) return;
      const timestamp = new Date(options.clock.now()).toISOString();
      const line = JSON.stringify({ timestamp, level, message, ...options.base, ...fields }, hide);
      options.write(secrets.reduce((shown, secret) => shown.replaceAll(secret, hidden), line));
    };
  return { debug: at('debug'), info: at('info'), warning: at('warning'), error: at('error') };
}

function hide(name: string, value: unknown): unknown {
  if (secretName.test(name)) return hidden;
  return value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value;
}
