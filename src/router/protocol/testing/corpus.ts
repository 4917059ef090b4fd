import { bodies } from './corpus-bodies.ts';
import { heads } from './corpus-heads.ts';
import { lines } from './corpus-lines.ts';
import type { HostileRequest } from './hostile.ts';

/** All cases. Where an answer is named, strict proxies (HAProxy, Envoy) give it or close the connection. */
export const corpus = (): readonly HostileRequest[] => [...lines, ...heads, ...bodies];
