/**
 * Copies the data folder of a running Postgres, as the user the server runs as: `main.ts <from> <to>`. Ends with code 1
 * and a last line that says why when it cannot; ends as well when its standard input closes, which means that whoever
 * asked for the copy is gone.
 */
import { copyFolder } from './copy-folder.ts';

const [from, to] = process.argv.slice(2);
process.stdin.resume().on('end', () => process.exit(3));

try {
  if (from === undefined || to === undefined) throw new Error('two folders are needed');
  process.stdout.write(`${await copyFolder(from, to)}\n`);
  process.exit(0);
} catch (reason) {
  process.stderr.write(`${reason instanceof Error ? reason.message : String(reason)}\n`);
  process.exit(1);
}
