/** What a line of the router's log tells. Never a token, a cookie or the query of a request. */
export type LogFacts = { readonly event: string } & Readonly<
  Record<string, string | number | boolean | null>
>;

export type Log = (facts: LogFacts) => void;
