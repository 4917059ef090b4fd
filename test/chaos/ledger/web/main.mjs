import { createServer } from 'node:http';

createServer((_, response) => response.end('here')).listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
