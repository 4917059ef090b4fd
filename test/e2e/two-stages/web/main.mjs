import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';

const version = readFileSync('version.txt', 'utf8').trim();
const { LEVEL, PORT } = process.env;
createServer((_, response) => response.end(`${version} ${LEVEL}`)).listen(Number(PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
