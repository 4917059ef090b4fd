import sanitizeHtml from 'sanitize-html';

/**
 * What a person wrote, without HTML, scripts and control characters. It goes into JSON and PDF, where `&amp;` would be read as it
 * stands: so entities are undone, and what had hidden behind them, or behind something that was taken out, is taken out too.
 */
export function plainText(given: string): string {
  let text = given;
  for (let round = 0; round < mostRounds; round++) {
    const next = strippedOnce(text);
    if (next === text) return text;
    text = next;
  }
  return text.replaceAll(/[<>&:]/g, ''); // nobody writes so deep by chance
}

const mostRounds = 20;

function strippedOnce(text: string): string {
  return unescaped(sanitizeHtml(text, { allowedTags: [], allowedAttributes: {} }))
    .replaceAll(/<(?=[a-z!/?])/giu, '')
    .replaceAll(/(?:javascript|vbscript)\s*:|data:text\/html/giu, '')
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

const unescaped = (text: string) =>
  text.replaceAll(/&(amp|lt|gt|quot);/g, (all, name: string) => entities[name] ?? all);
