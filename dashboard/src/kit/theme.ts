import { useSyncExternalStore } from 'react';

/** Light, dark, or as the system has it; for canvases also the colours as they stand. */
export type Theme = 'light' | 'dark' | 'auto';

const watchers = new Set<() => void>();
const colours = new Map<string, string>();
const system = matchMedia('(prefers-color-scheme: dark)');
system.addEventListener('change', changed);

function changed(): void {
  colours.clear();
  for (const each of watchers) each();
}

export function chooseTheme(theme: Theme): void {
  if (theme === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  try {
    if (theme === 'auto') localStorage.removeItem('fairway-theme');
    else localStorage.setItem('fairway-theme', theme);
  } catch {
    // Storage may be shut; then it holds until the page is closed.
  }
  changed();
}

export function onTheme(run: () => void): () => void {
  watchers.add(run);
  return () => void watchers.delete(run);
}

const chosen = (): Theme => {
  const theme = document.documentElement.dataset['theme'];
  return theme === 'light' || theme === 'dark' ? theme : 'auto';
};

export const useTheme = (): Theme => useSyncExternalStore(onTheme, chosen);

/** What a token holds now, for canvases: reading it makes the browser compute styles, so it is kept until the theme changes. */
export function token(name: string): string {
  const known = colours.get(name);
  if (known !== undefined) return known;
  const value = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  colours.set(name, value);
  return value;
}
