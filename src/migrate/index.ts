export { type MigrationFile, type Phase, pathOf, phases, readMigrations } from './files.ts';
export { type MigrationFinding, type MigrationFindingCode, migrationFindingCodes } from './judge/finding.ts';
export { judgeMigrations } from './judge/judge.ts';
export { openParser, type Parser } from './parse.ts';
