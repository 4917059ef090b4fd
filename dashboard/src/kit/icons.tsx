/** Signs of 16 by 16, drawn with one line of 1.5. They stand beside words and are not read out. */
const paths = {
  release: 'M2 12.5C6 12.5 5 3.5 9 3.5h5M11 .8l3 2.7-3 2.7M8.5 12.5H14',
  system: 'M2 2.5h5v4H2zM9 9.5h5v4H9zM4.5 6.5v5H9M9 3h5v3.5H9',
  history: 'M2 4v3.5h3.5M2.6 7.2A6 6 0 1 1 2.4 10M8 4.5V8l2.5 2',
  environments: 'M8 1.5 14.5 5 8 8.5 1.5 5zM1.5 8 8 11.5 14.5 8M1.5 11 8 14.5 14.5 11',
  recovery: 'M8 1.5 13.5 4v4c0 3.5-2.5 5.5-5.5 6.5C5 13.5 2.5 11.5 2.5 8V4zM5.5 8l2 2 3-4',
  logs: 'M2 3.5h12M2 6.5h8M2 9.5h12M2 12.5h6',
  checks: 'M2 4l1.2 1.2L5.5 3M2 9l1.2 1.2L5.5 8M8 4.5h6M8 9.5h6M2 13.5h12',
  flags: 'M3 14.5v-13M3 2.5c3-1.5 5 1.5 8.5 0L13 2v6.5c-3.5 1.5-6-1.5-10 0',
  audit: 'M3 1.5h7l3 3v10H3zM10 1.5v3h3M5.5 8h5M5.5 11h5',
  access: 'M5 7.5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM7.2 8.3 13.5 2M11 4.5l2.5 2.5M9 6.5l1.5 1.5',
  more: 'M3 8h.01M8 8h.01M13 8h.01',
  light:
    'M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM8 1v1.500M8 13.500V15M1 8h1.500M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  dark: 'M13.5 9.800A6 6 0 0 1 6.2 2.500a6 6 0 1 0 7.3 7.300z',
  auto: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 2v12M8 5h4.500M8 8h6M8 11h4.5',
  copy: 'M5.5 5.500v-4h9v9h-4M1.5 5.500h9v9h-9z',
  done: 'M2.5 8.5 6 12l7.5-8',
  close: 'M3.5 3.500l9 9M12.5 3.500l-9 9',
  back: 'M6 3.5 2 7.500l4 4M2 7.500h7.500a4 4 0 0 1 0 8H8',
  pause: 'M5 3v10M11 3v10',
  play: 'M4 2.500v11L13 8z',
  forward: 'M3 2.500v11L11 8zM13 2.500v11',
  logOut: 'M6 2.500H2.500v11H6M10 5l3 3-3 3M13 8H6',
  search: 'M7 2.500a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.5 10.500l4 4',
  down: 'M3.5 6 8 10.5 12.5 6',
  right: 'M6 3.5 10.5 8 6 12.5',
  keys: 'M1.5 4h13v8.500h-13zM4 7h.01M6.7 7h.01M9.3 7h.01M12 7h.01M5 10h6',
  person: 'M8 2a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM2.5 14.500c0-3 2.5-4.5 5.5-4.500s5.5 1.5 5.5 4.5',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
