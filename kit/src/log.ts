import { pino } from 'pino';
import type { Clock } from './clock.ts';
import { currentRequest, type RequestContext } from './context.ts';
import { hidden, shownFields, withoutCredentials } from './hide.ts';

export type Level = 'debug' | 'info' | 'warning' | 'error';
export type Fields = Readonly<Record<string, unknown>>;

/**
 * How a line looks. `request`: timestamp, level, message, correlation_id, tenant_id, client_id, user_id, service, method, path,
 * status, duration_ms. `operation`: timestamp, level (in capitals), correlation_id, user_id, operation, duration_ms, scenarios,
 * success, environment. Both have all of these in every line, null where there is nothing to say. `plain`: only what there is.
 */
export type LogFormat = 'request' | 'operation' | 'plain';

export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warning(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A log with these fields in every line. */
  child(fields: Fields): Log;
  /** Something that has to be on record; it is written whatever the level. */
  audit(event: string, fields?: Fields): void;
  /** What was done for somebody and how long it took; it is written whatever the level. */
  operation(record: OperationRecord): void;
}

export interface OperationRecord extends Fields {
  readonly operation: string;
  readonly duration_ms: number;
  readonly success: boolean;
}

export interface LogOptions {
  /** Lines below it are left out. */
  readonly level: Level;
  readonly format: LogFormat;
  /** In every line; `service`, `version`, `environment` and the like. */
  readonly base: Fields;
  /** Texts that are hidden wherever they stand. */
  readonly secrets: readonly string[];
  readonly clock: Clock;
  /** Gets each line without its end. */
  readonly write: (line: string) => void;
}

/** One JSON line per message. Fields whose name says that they are secret are hidden, and so is every known secret. */
export function createLog(options: LogOptions): Log {
  const { level, format, base, clock } = options;
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      customLevels: { ...levels, record: 100 },
      useOnlyCustomLevels: true,
      timestamp: () => `,"timestamp":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: levelText(label, format) }) },
    },
    { write: withoutSecrets(options) },
  );

  const over = (inherited: Fields): Log => {
    const at =
      (name: Level | 'record') =>
      (message: string, fields: Fields = {}) => {
        if (!logger.isLevelEnabled(name)) return;
        logger[name](lineOf[format](currentRequest(), inherited, fields), message);
      };
    const record = at('record');
    return {
      debug: at('debug'),
      info: at('info'),
      warning: at('warning'),
      error: at('error'),
      child: (fields) => over({ ...inherited, ...shownFields(fields) }),
      audit: (event, fields) => record(event, { ...fields, audit: true }),
      operation: (fields) => record(fields.operation, fields),
    };
  };
  return over(shownFields(base));
}

const levels: Readonly<Record<Level, number>> = { debug: 20, info: 30, warning: 40, error: 50 };

function levelText(label: string, format: LogFormat): string {
  const level = label === 'record' ? 'info' : label;
  return format === 'operation' ? level.toUpperCase() : level;
}

const lineOf: Readonly<
  Record<LogFormat, (context: RequestContext | undefined, base: Fields, fields: Fields) => object>
> = {
  request: (context, base, fields) => ({
    correlation_id: context?.correlationId ?? null,
    tenant_id: context?.tenantId ?? null,
    client_id: context?.clientId ?? null,
    user_id: context?.userId ?? null,
    service: null,
    method: context?.method ?? null,
    path: context?.path ?? null,
    status: null,
    duration_ms: null,
    ...base,
    ...shownFields(fields),
  }),
  operation: (context, base, fields) => ({
    correlation_id: context === undefined ? null : prefixed(context.correlationId),
    user_id: context?.userId ?? null,
    operation: null,
    duration_ms: null,
    scenarios: null,
    success: null,
    environment: null,
    ...base,
    ...shownFields(fields),
  }),
  plain: (context, base, fields) => ({
    ...base,
    ...(context === undefined ? {} : { request_id: context.correlationId, trace_id: context.traceId }),
    ...(context?.userId === undefined ? {} : { user_id: context.userId }),
    ...(context?.tenantId === undefined ? {} : { tenant_id: context.tenantId }),
    ...shownFields(fields),
  }),
};

const prefixed = (id: string) => (id.startsWith('req-') ? id : `req-${id}`);

/** A secret inside a line stands there as JSON writes it. */
function withoutSecrets({ secrets, write }: Pick<LogOptions, 'secrets' | 'write'>): (line: string) => void {
  const written = secrets.filter((each) => each !== '').map((each) => JSON.stringify(each).slice(1, -1));
  return (line) => {
    const known = written.reduce((shown, each) => shown.replaceAll(each, hidden), line.trimEnd());
    write(withoutCredentials(known));
  };
}
