/** What a caught thing says. Connections that fail at several addresses say it inside. */
export function messageOf(reason: unknown): string {
  if (reason instanceof AggregateError && reason.message === '')
    return reason.errors.map(messageOf).join('; ');
  return reason instanceof Error ? reason.message : String(reason);
}
