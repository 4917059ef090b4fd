import { expect, test } from 'vitest';
import { checklistOf } from './checklist.ts';
import { systemNames } from './plan.ts';
import { prove } from './prove.ts';
import { tableOf } from './table.ts';

test.each(systemNames)(
  '%s comes up, its checks are green, it comes back from its copies within its bounds, a good version costs nobody a request, a bad one goes back, and nothing is left',
  async (name) => {
    const story = await prove(name, (line) => console.log(line));
    console.log(tableOf([story]));
    expect(story.problems).toEqual([]);
    expect(story.drill).toMatchObject({ ok: true });
    expect(checklistOf([story]).filter(({ ok }) => !ok)).toEqual([]);
    expect(story.checks).toBeGreaterThan(0);
    expect(story.good.requests).toBeGreaterThan(100);
  },
);
