/** Finds in Markdown what a test can hold true: blocks that are run, and paths that are named. */

/** A fenced block. `info` is what stands behind the fence: `sh run`, `ts run`, `json`. */
export interface Block {
  readonly info: string;
  readonly text: string;
  /** Line of the fence, from 1. */
  readonly line: number;
}

/** What begins after a fence ends at the same fence; a block that is never closed ends with the page. */
export function blocksOf(markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { fence: string; info: string; line: number; lines: string[] } | null = null;
  for (const [index, line] of [...markdown.split('\n'), ''].entries()) {
    const match = /^\s*(`{3,}|~{3,})\s*(.*)$/.exec(line);
    if (open === null && match !== null) {
      open = { fence: match[1] ?? '', info: match[2]?.trim() ?? '', line: index + 1, lines: [] };
    } else if (open !== null && match?.[1] === open.fence && match[2] === '') {
      blocks.push({ info: open.info, line: open.line, text: open.lines.join('\n') });
      open = null;
    } else {
      open?.lines.push(line);
    }
  }
  return blocks;
}

/** How a block is executed; null when it is shown only. */
export function howToRun({ info }: Block): 'sh' | 'ts' | null {
  const [language, ...words] = info.split(/\s+/);
  if (!words.includes('run')) return null;
  return language === 'sh' || language === 'ts' ? language : null;
}

/** Commands that set up and run everything: the suite that runs the docs is inside them. */
const wholeThings = /^\s*(?:\$ )?npm (?:start|test|ci|install|run \S+)\b/m;

/** Why a block must not be marked `run` as it is; null when it may. */
export function unfitToRun(block: Block): string | null {
  const how = howToRun(block);
  if (how === null) {
    return / run\b/.test(` ${block.info}`) ? `only sh and ts blocks can be run, not "${block.info}"` : null;
  }
  if (block.text.trim() === '') return 'it is empty';
  if (how === 'sh' && wholeThings.test(block.text)) {
    return 'npm start, npm test and npm run are not executed from the docs: take the mark away';
  }
  return null;
}

/**
 * Paths of the project that a page names in backticks or links to, without anchors: something with a slash and an
 * ending, or a folder with a slash at its end. Placeholders (`<name>`, `…`, `*`) and state (`.fairway/`) are none.
 */
export function pathsIn(markdown: string): readonly string[] {
  const prose = blocksOf(markdown).reduce(
    (rest, { text }) => (text === '' ? rest : rest.replace(text, '')),
    markdown,
  );
  const quoted = [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');
  const linked = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]?.replace(/#.*$/, '') ?? '');
  const isPath = (text: string) =>
    /^(?:\.{0,2}\/)?[\w.@-]+(?:\/[\w.@-]+)*(?:\/|\.\w+)$/.test(text) && text.includes('/');
  return [
    ...new Set([
      ...quoted.filter((text) => isPath(text) && !text.startsWith('/')),
      ...linked.filter(isLocal),
    ]),
  ].filter((path) => !/^(?:\.\/)?\.(?:fairway|tools)\//.test(path) && !path.startsWith('node_modules/'));
}

const isLocal = (target: string) => target !== '' && !/^[a-z]+:/i.test(target) && !target.startsWith('/');
