/** A finished piece of XML, so that it is never mistaken for text that still needs escaping. */
export interface Markup {
  readonly markup: string;
}

/** What may stand in an element: text (escaped), finished elements; null and undefined leave nothing. */
export type Content = Markup | string | number | boolean | null | undefined;

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

export function element(name: string, ...contents: readonly Content[]): Markup {
  return { markup: `<${name}>${contents.map(render).join('')}</${name}>` };
}

/** An element that is left out where its content is null. */
export function optional(name: string, content: Content): Markup | null {
  return content === null || content === undefined ? null : element(name, content);
}

/** A whole document of the S3 namespace. */
export function xmlDocument(name: string, ...contents: readonly Content[]): string {
  const { markup } = element(name, ...contents);
  return `${DECLARATION}<${name} xmlns="${NAMESPACE}"${markup.slice(name.length + 1)}`;
}

/** An error document; these are the only ones without a namespace. */
export function xmlError(code: string, sentence: string, resource: string, requestId: string): string {
  const contents = [
    element('Code', code),
    element('Message', sentence),
    element('Resource', resource),
    element('RequestId', requestId),
  ];
  return DECLARATION + element('Error', ...contents).markup;
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

function render(content: Content): string {
  if (content === null || content === undefined) return '';
  return typeof content === 'object' ? content.markup : escape(String(content));
}

/**
 * Control characters become numeric references: XML 1.0 has no way to write most of them, and S3 answers so too. A
 * client with such keys asks for `encoding-type=url`.
 */
function escape(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what must be found
  return text.replace(/[&<>"\u0000-\u001f\u007f\ufffe\uffff]/g, (found) => {
    return NAMED[found] ?? `&#x${found.charCodeAt(0).toString(16).toUpperCase()};`;
  });
}

const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
