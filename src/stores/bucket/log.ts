/** What a line of the log tells. Never the query of a request: presigned addresses carry their signature there. */
export type LogFacts = { readonly event: string } & Readonly<Record<string, string | number | null>>;

export type Log = (facts: LogFacts) => void;
