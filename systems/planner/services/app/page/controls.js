/** The plan's fields: what they may be, how a slider moves through them, how they are written. */

/** Each percent of the way is the same factor: for amounts from a thousand to a hundred million. */
const byFactor = ({ min, max }) => ({
  valueAt: (share) => round(min * (max / min) ** share, 2),
  placeOf: (value) => Math.log(value / min) / Math.log(max / min),
});

/** Slow at the beginning, from nothing on. */
const byCube = ({ max }) => ({
  valueAt: (share) => round(max * share ** 3, 2),
  placeOf: (value) => Math.cbrt(value / max),
});

const evenly = ({ min, max }) => ({
  valueAt: (share) => Number((min + (max - min) * share).toFixed(2)),
  placeOf: (value) => (value - min) / (max - min),
});

/** To so many digits and a half: 1,200,000, 1,250,000, 1,300,000. */
function round(value, digits) {
  if (value < 100) return Math.round(value / 10) * 10;
  const power = 10 ** (Math.floor(Math.log10(value)) - digits + 1);
  return Math.round((value / power) * 2) * (power / 2);
}

/** `places`: how many steps a slider has. A value may be exact in its field; on its slider it is round. */
const fields = {
  portfolio: { min: 1_000, max: 100_000_000, start: 1_000_000, places: 150, scale: byFactor },
  spending: { min: 0, max: 1_000_000, start: 40_000, places: 120, scale: byCube },
  years: { min: 1, max: 100, start: 30, places: 99, scale: evenly, isWhole: true },
  equity: { min: 0, max: 100, start: 60, places: 100, scale: evenly },
  inflation: { min: 0, max: 15, start: 2.5, places: 150, scale: evenly },
};

/**
 * @param {HTMLFormElement} form
 * @param {() => void} onChange called for each change that leaves all fields right
 */
export function createControls(form, onChange) {
  const plan = Object.fromEntries(Object.entries(fields).map(([name, { start }]) => [name, start]));
  const scenarios = form.querySelector('#scenarios');
  const seed = form.querySelector('#seed');
  const show = Object.entries(fields).map(([name, field]) => bind(form, name, field, plan, onChange));
  scenarios.addEventListener('change', onChange);
  seed.addEventListener('change', () => {
    seed.value = String(Math.min(4_294_967_295, Math.max(0, Math.trunc(Number(seed.value)) || 0)));
    onChange();
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  for (const each of show) each();

  return {
    plan: () => ({ ...plan, scenarios: Number(scenarios.value) || 1_000, seed: Number(seed.value) || 0 }),
    /** Takes over what is right of another plan. */
    set(change) {
      for (const [name, { min, max }] of Object.entries(fields)) {
        const value = Number(change[name] ?? plan[name]);
        if (value >= min && value <= max) plan[name] = value;
      }
      if (change.seed !== undefined) seed.value = String(change.seed);
      for (const each of show) each();
      onChange();
    },
    /** Offers numbers of scenarios up to the most that the planner allows. */
    offer(most) {
      const choices = [100, 1_000, 5_000, 10_000].filter((each) => each <= most);
      scenarios.replaceChildren(
        ...choices.map(
          (each) => new Option(each.toLocaleString('en-US'), String(each), each === 1_000, each === 1_000),
        ),
      );
    },
  };
}

function bind(form, name, field, plan, onChange) {
  const place = form.querySelector(`[data-field="${name}"]`);
  const text = place.querySelector('.value input');
  const slider = place.querySelector('input[type="range"]');
  const { valueAt, placeOf } = field.scale(field);
  slider.max = String(field.places);
  const written = (value) => value.toLocaleString('en-US', { maximumFractionDigits: 2 });
  const showText = () => {
    text.value = written(plan[name]);
    text.size = text.value.length;
    place.classList.remove('wrong');
    text.removeAttribute('aria-invalid');
  };
  const showSlider = () => {
    slider.value = String(Math.round(placeOf(plan[name]) * field.places));
    slider.setAttribute('aria-valuetext', written(plan[name]));
  };
  // The slider is left where the hand has put it: rounding would hold it back.
  slider.addEventListener('input', () => {
    plan[name] = Math.min(field.max, Math.max(field.min, valueAt(Number(slider.value) / field.places)));
    slider.setAttribute('aria-valuetext', written(plan[name]));
    showText();
    onChange();
  });
  text.addEventListener('input', () => {
    text.size = Math.max(text.value.length, 2);
    const value = Number(text.value.replaceAll(/[\s,$%]/g, '') || Number.NaN);
    const isRight = value >= field.min && value <= field.max && (!field.isWhole || Number.isInteger(value));
    place.classList.toggle('wrong', !isRight);
    text.setAttribute('aria-invalid', String(!isRight));
    if (!isRight) return;
    plan[name] = value;
    showSlider();
    onChange();
  });
  text.addEventListener('change', showText);
  return () => {
    showText();
    showSlider();
  };
}
