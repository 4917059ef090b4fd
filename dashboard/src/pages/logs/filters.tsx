import { Button, Field, Select } from '../../kit/index.ts';
import type { Level } from './line.ts';
import type { Filter } from './use-filter.ts';

const levels: readonly (readonly [Level | '', string])[] = [
  ['', 'every line'],
  ['info', 'info and worse'],
  ['warning', 'warnings and errors'],
  ['error', 'errors only'],
];

interface FiltersProps {
  readonly filter: Filter;
  readonly services: readonly string[];
}

/** What is shown: of which services, how grave, with which text, of which request. */
export function Filters({ filter, services }: FiltersProps) {
  const toggle = (name: string) => {
    const { services: chosen } = filter;
    const next = chosen.includes(name) ? chosen.filter((each) => each !== name) : [...chosen, name];
    filter.choose({ services: next.length === services.length ? [] : next });
  };
  return (
    <div className="logs-filters">
      <Field
        label="Text"
        type="search"
        value={filter.text}
        onChange={filter.type}
        placeholder="any text, an id, a path"
        autoComplete="off"
        maxLength={200}
      />
      <Select
        label="Level"
        value={filter.level ?? ''}
        options={levels}
        onChange={(level) => filter.choose({ level: level === '' ? null : level })}
      />
      {services.length > 1 && (
        <fieldset className="logs-services">
          <legend>Services</legend>
          <button
            type="button"
            aria-pressed={filter.services.length === 0}
            onClick={() => filter.choose({ services: [] })}
          >
            all
          </button>
          {services.map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={filter.services.includes(name)}
              onClick={() => toggle(name)}
            >
              {name}
            </button>
          ))}
        </fieldset>
      )}
      {filter.id !== null && (
        <p className="logs-request">
          <span>
            Only lines of the request <code>{filter.id}</code>, of every service.
          </span>
          <Button icon="close" onClick={() => filter.choose({ id: null })}>
            Show all lines
          </Button>
        </p>
      )}
    </div>
  );
}
