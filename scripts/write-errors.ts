/** `npm run errors:write`: writes docs/errors.md from the catalogue. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorsPage } from './errors-page.ts';

const file = fileURLToPath(new URL('../docs/errors.md', import.meta.url));
writeFileSync(file, errorsPage());
process.stdout.write('docs/errors.md written\n');
