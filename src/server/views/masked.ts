/** What stands in the place of what is hidden. */
export const hidden = '…';

const loginInAddress = /([a-z][a-z\d+.-]*:\/\/[^\s:@/?#"']*):[^\s"']*@/gi;
const keyedSecret =
  /\b((?:password|passwd|pwd|secret|token|credential|api[_-]?key|access[_-]?key|secret[_-]?key)["']?\s*[=:]\s*["']?)[^\s&;,"']+/gi;
const secretName =
  /(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|PRIVATE_KEY|API_KEY|ACCESS_KEY|SECRET_KEY|CREDENTIALS?)$/i;

const bearerSecret = /\b((?:bearer|basic)\s+)[\w.~+/=-]{8,}/gi;
const namesSecret =
  /^-{1,2}(?:[\w-]*-)?(?:password|passwd|passphrase|pwd|pass|secret|token|credentials?|api-?key|access-?key|secret-?key|private-?key)$/i;
const holdsSecret =
  /^(-{0,2}(?:[\w-]*[_-])?(?:password|passwd|passphrase|pwd|pass|secret|token|credentials?|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key)=)./is;

/**
 * A text without the passwords that it carries in addresses (`postgres://user:…@host`) or behind a name (`password=…`). What
 * could be one is taken for one: too much hidden is a question, too little is a leak.
 */
export function masked(text: string): string {
  return text
    .replace(loginInAddress, `$1:${hidden}@`)
    .replace(keyedSecret, `$1${hidden}`)
    .replace(bearerSecret, `$1${hidden}`);
}

/** The words of a command; also without what stands behind `--token` and the like as a word of its own. */
export function maskedWords(words: readonly string[]): readonly string[] {
  return words.map((word, at) => {
    if (namesSecret.test(words[at - 1] ?? '') && !word.startsWith('-')) return hidden;
    const begin = holdsSecret.exec(word)?.[1];
    return begin === undefined ? masked(word) : `${begin}${hidden}`;
  });
}

/** The value of a variable; wholly hidden where its name says that it is a secret, although it is declared in the open. */
export const maskedVariable = (name: string, value: string): string =>
  secretName.test(name) && value !== '' ? hidden : masked(value);
