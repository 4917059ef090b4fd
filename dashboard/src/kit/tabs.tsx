import type { ReactNode } from 'react';

interface TabsProps<Value extends string> {
  /** Of what. */
  readonly label: string;
  readonly value: Value;
  readonly options: readonly (readonly [value: Value, text: ReactNode])[];
  readonly onChange: (value: Value) => void;
}

/** One of a few, all of them seen. A group of radio buttons: the arrows choose. */
export function Tabs<Value extends string>({ label, value, options, onChange }: TabsProps<Value>) {
  return (
    <fieldset className="tabs">
      <legend className="hidden-text">{label}</legend>
      {options.map(([each, text]) => (
        <label key={each} data-chosen={each === value || undefined}>
          <input type="radio" name={label} checked={each === value} onChange={() => onChange(each)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}
