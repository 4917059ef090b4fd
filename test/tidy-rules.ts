import { isTest } from './tidy-arrows.ts';
import { lineAt, type Source } from './tidy-source.ts';

/** Something that must not stand in a file. `instead` says what to write. */
interface Ban {
  readonly name: string;
  readonly pattern: RegExp;
  /** Where it is looked for: in code, in comments, or in everything. */
  readonly within: 'code' | 'comments' | 'text';
  readonly files: (path: string) => boolean;
  readonly instead: string;
  /** Files that may, each with its reason. */
  readonly except?: Readonly<Record<string, string>>;
}

const isScript = (path: string) => /\.(ts|tsx|mts|mjs|js)$/.test(path);
/** Composition roots: they make the real clock and hand it down. */
const isMain = (path: string) => path.endsWith('/main.ts') || /^src\/(?:host|demo)\//.test(path);
/** What ships: no tests, no composition roots. */
const isProduct = (path: string) =>
  path.startsWith('src/') && isScript(path) && !isTest(path) && !isMain(path);
const isPure = (path: string) => isProduct(path) && /^src\/(core|render)\//.test(path);
const isText = (path: string) => !/\.(png|jpg|ico|woff2)$/.test(path) && path !== 'LICENSE';
const ours = (path: string) => isScript(path) && !path.startsWith('test/tidy');

/** The router measures each request; a clock passed in would be one more call per request and tell no more. */
const measures = 'measures latencies in the data path; nothing is decided by it';

export const bans: readonly Ban[] = [
  {
    name: 'the system clock',
    pattern: /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)/g,
    within: 'code',
    files: isProduct,
    instead: 'take a Clock as an argument and ask clock.now()',
  },
  {
    name: 'the performance clock',
    pattern: /\bperformance\.now\b|\bprocess\.hrtime\b/g,
    within: 'code',
    files: isProduct,
    instead: 'take a Clock as an argument',
    except: {
      'src/router/counters.ts': measures,
      'src/router/forward.ts': measures,
      'src/router/proxy.ts': measures,
      'src/router/request.ts': measures,
    },
  },
  {
    name: 'chance',
    pattern: /\bMath\.random\b/g,
    within: 'code',
    files: isProduct,
    instead: 'take a Random as an argument',
  },
  {
    name: 'a timer',
    pattern: /(?<!\.)\b(?:setTimeout|setInterval)\s*\(/g,
    within: 'code',
    files: isProduct,
    instead: 'take a Clock as an argument and await clock.sleep(wait, signal)',
  },
  {
    name: 'waiting in the core',
    pattern: /\basync\b|\bawait\b|\bPromise\b/g,
    within: 'code',
    files: isPure,
    instead: 'return what must be done as data and let the engine do it',
  },
  {
    name: 'a star export',
    pattern: /\bexport\s+\*/g,
    within: 'code',
    files: ours,
    instead: 'name what others use',
  },
  {
    name: 'a default export',
    pattern: /\bexport\s+default\b|\bas\s+default\b/g,
    within: 'code',
    files: (path) => ours(path) && !path.endsWith('.config.ts'),
    instead: 'export by name; only *.config.ts files have a default',
  },
  {
    name: 'the console',
    pattern: /\bconsole\s*\./g,
    within: 'code',
    files: (path) => isProduct(path) && !path.startsWith('src/cli/'),
    instead: 'return it, or append it to the journal; only cli and main print',
  },
  {
    name: 'a silenced compiler',
    pattern: /@ts-(?:ignore|nocheck)\b|@ts-expect-error(?![ :-]+\S+ \S+)/g,
    within: 'comments',
    files: ours,
    instead: 'mend the type, or write "@ts-expect-error" and the reason behind it',
  },
  {
    name: 'a silenced check',
    pattern: /(?:oxlint|eslint)-disable(?!.* -- \S)|biome-ignore(?!.*: \S)/g,
    within: 'comments',
    files: ours,
    instead: 'mend the code, or give the reason (oxlint-disable-next-line rule -- reason)',
  },
  {
    name: 'any',
    pattern: /(?:\bas|[:<,|&])\s*any\b(?!\s*[(:.])|\bany\[\]/g,
    within: 'code',
    files: ours,
    instead: 'write the type, or unknown and a check',
  },
  {
    name: 'an unfinished thought',
    pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/g,
    within: 'text',
    files: (path) => isText(path) && !/^test\/tidy|^STYLE\.md$|^package-lock\.json$/.test(path),
    instead: 'do it now, or leave it out; what is known to be missing belongs into the guide',
  },
  {
    name: 'a swallowed error',
    pattern: /\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}/g,
    within: 'text',
    files: ours,
    instead: 'handle it, or say inside the braces why nothing has to be done',
  },
  {
    name: 'a shell',
    pattern: /\bshell:\s*(?!false)|\bexecSync\s*\(|(?<![.\w])exec\s*\((?!\))/g,
    within: 'code',
    files: ours,
    instead: 'spawn or execFile with an argv array',
  },
  {
    name: 'a skipped or lonely test',
    pattern: /\b(?:describe|test|it)\.(?:only|skip|todo)\s*\(/g,
    within: 'code',
    files: isScript,
    instead: 'run it, or test.skipIf(condition) with the reason in the title',
  },
  {
    name: 'a private place',
    pattern: new RegExp(
      [
        String.raw`(?<![\w.$}-])/(?:work|root)/\w`,
        String.raw`(?<![\w.$}-])/home/(?!app\b|node\b|user\b)\w`,
        String.raw`^registry\s*=`,
        String.raw`\/\/[\w.-]+\.(?:corp|internal|intranet|lan)\b(?!\.)`,
      ].join('|'),
      'gm',
    ),
    within: 'text',
    files: (path) => isText(path) && !path.startsWith('test/tidy'),
    instead: 'name a place that every reader has',
  },
  {
    name: 'how it was made',
    pattern: /(?<![\w&(/#[])#\d{1,5}\b(?!\.\d|-)|\b(?:issue|ticket) \d+\b/gi,
    within: 'comments',
    files: (path) => ours(path) && !path.startsWith('systems/'),
    instead: 'give the reason itself; the reader has no access to where it was discussed',
  },
  {
    name: 'a download address',
    pattern: /"resolved":\s*"(?:https?|git)/g,
    within: 'text',
    files: (path) => path === 'package-lock.json',
    instead: 'keep omit-lockfile-registry-resolved=true in .npmrc and run npm run lock',
  },
];

/** Every banned thing in a file, as `path:line name (what stands there): instead`. */
export function bannedIn(source: Source, rules: readonly Ban[] = bans): readonly string[] {
  return rules
    .filter((ban) => ban.files(source.path) && ban.except?.[source.path] === undefined)
    .flatMap((ban) =>
      [...source[ban.within].matchAll(ban.pattern)].map(
        (match) =>
          `${source.path}:${lineAt(source.text, match.index)} ${ban.name} (${match[0].trim()}): ${ban.instead}`,
      ),
    );
}

/** Files that are longer than comfortable reading. The list may only shrink, and it is empty. */
export const mayBeLong: readonly string[] = [];
const longest = { product: 400, test: 600 } as const; // a table of cases is read row by row, not as a whole

/** What is wrong with a file as a whole: its length, its name. */
export function misshapen({ path, text }: Source): readonly string[] {
  const lines = text.split('\n').length - 1;
  const most = longest[isTest(path) ? 'test' : 'product'];
  const problems: string[] = [];
  if (isScript(path) && lines > most && !mayBeLong.includes(path)) {
    problems.push(`${path} has ${lines} lines, more than ${most}: split it so that each file does one thing`);
  }
  if (/\.tmp\.|(?:^|\/)(?:scratch|probe\d+)[-.]|\.(?:orig|rej|bak)$/.test(path)) {
    problems.push(`${path} looks like a scratch file: give it its real name, or delete it`);
  }
  if (/^src\/.*[A-Z_]/.test(path))
    problems.push(`${path}: file names are written in lower case with hyphens`);
  return problems;
}
