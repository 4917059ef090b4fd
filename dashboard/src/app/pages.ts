import type { IconName } from '../kit/icons.tsx';

type InEnvironment =
  `/$environment/${'release' | 'system' | 'history' | 'recovery' | 'logs' | 'checks' | 'flags'}`;

/** Every page with its place in the navigation; `key` is typed after `g`. */
export interface PageEntry {
  readonly name: string;
  readonly path: InEnvironment | '/environments' | '/audit' | '/access';
  readonly icon: IconName;
  readonly key: string;
  /** One of the four that a phone shows below. */
  readonly isMain?: boolean;
}

export const ofEnvironment: readonly PageEntry[] = [
  { name: 'Release', path: '/$environment/release', icon: 'release', key: 'r', isMain: true },
  { name: 'System', path: '/$environment/system', icon: 'system', key: 's', isMain: true },
  { name: 'History', path: '/$environment/history', icon: 'history', key: 'h', isMain: true },
  { name: 'Recovery', path: '/$environment/recovery', icon: 'recovery', key: 'b' },
  { name: 'Logs', path: '/$environment/logs', icon: 'logs', key: 'l', isMain: true },
  { name: 'Checks', path: '/$environment/checks', icon: 'checks', key: 'c' },
  { name: 'Flags', path: '/$environment/flags', icon: 'flags', key: 'f' },
];

export const ofAll: readonly PageEntry[] = [
  { name: 'Environments', path: '/environments', icon: 'environments', key: 'e' },
  { name: 'Audit', path: '/audit', icon: 'audit', key: 'a' },
  { name: 'Access', path: '/access', icon: 'access', key: 'k' },
];
