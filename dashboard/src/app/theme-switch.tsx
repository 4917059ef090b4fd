import { chooseTheme, Icon, Tabs, type Theme, useTheme } from '../kit/index.ts';

const names: Readonly<Record<Theme, string>> = {
  auto: 'Theme of the system',
  light: 'Light',
  dark: 'Dark',
};

const options = (['auto', 'light', 'dark'] as const).map(
  (theme) =>
    [
      theme,
      <span key={theme} title={names[theme]}>
        <Icon name={theme} />
        <span className="hidden-text">{names[theme]}</span>
      </span>,
    ] as const,
);

export function ThemeSwitch() {
  return <Tabs<Theme> label="Theme" value={useTheme()} options={options} onChange={chooseTheme} />;
}
