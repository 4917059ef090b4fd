import { describe, expect, test } from 'vitest';
import { catalogue, describeFailure, placeholdersOf } from './catalogue.ts';

describe('a failure in words', () => {
  test('facts stand in the sentence and the hint', () => {
    const described = describeFailure({ code: 'secret_missing', facts: { secret: 'SMTP_PASSWORD' } });
    expect(described.sentence).toBe('The secret SMTP_PASSWORD has no value here.');
    expect(described.hint).toBe(
      'Write SMTP_PASSWORD=… into the file .env of the system folder, or into the environment of Fairway.',
    );
    expect(described).toMatchObject({ status: 409, exit: 2 });
  });

  test.each([
    [{ port: 80, service: 'web' }, 'Port 80 of the service web is in use by another program.'],
    [{ port: 80 }, 'Port 80 is in use by another program.'],
    [{ port: 80, service: '' }, 'Port 80 is in use by another program.'],
    [{ port: 80, service: null }, 'Port 80 is in use by another program.'],
    [{}, 'Port unknown is in use by another program.'],
  ])('a part in brackets is there when its facts are: %j', (facts, sentence) => {
    expect(describeFailure({ code: 'port_taken', facts }).sentence).toBe(sentence);
  });

  test.each([
    [500, '500 ms'],
    [1_500, '1.5 s'],
    [120_000, '2 min'],
    [5_400_000, '1.5 h'],
    [0, '0 ms'],
    ['soon', 'soon'],
  ])('a duration of %j reads %s', (waited, words) => {
    const facts = { revision: 'web-1', ready: 0, wanted: 2, waited, detail: 'no answer' };
    expect(describeFailure({ code: 'not_ready_in_time', facts }).sentence).toContain(`after ${words}:`);
  });

  test.each(['environment_down', 'environment_closing'])('the hint of %s names the environment', (code) => {
    const { hint } = describeFailure({ code, facts: { environment: 'prod' } });
    expect(hint).toContain('"fairway up --env prod"');
  });

  test('a fact that is a whole sentence does not bring a second full stop', () => {
    const described = describeFailure({ code: 'gate_failed', facts: { sentence: 'It fails too often.' } });
    expect(described.sentence).toBe('The gate stopped the release: It fails too often.');
  });

  test('an instant reads as a date', () => {
    const facts = { owner: 'a', lease: 'engine', expires: 0 };
    expect(describeFailure({ code: 'lease_held', facts }).sentence).toContain('1970-01-01T00:00:00.000Z');
  });

  test('a code without an entry is named together with its facts', () => {
    expect(describeFailure({ code: 'never_heard_of', facts: { path: 'a', count: 2 } })).toEqual({
      sentence: 'Fairway failed with the code never_heard_of (path: a, count: 2).',
      hint: expect.any(String),
      status: 500,
      exit: 1,
    });
  });

  test('a code that is the name of something every object has is no entry', () => {
    expect(describeFailure({ code: 'constructor', facts: {} }).sentence).toBe(
      'Fairway failed with the code constructor.',
    );
  });

  test('the placeholders of a text are told apart by whether it can do without them', () => {
    expect(placeholdersOf('{a} and {b:time}[, {c}]')).toEqual({ needed: ['a', 'b'], optional: ['c'] });
  });

  test('brackets and braces of all entries are closed', () => {
    for (const { sentence, hint } of Object.values(catalogue)) {
      const left = `${sentence} ${hint}`
        .replace(/\{\w+(?::(?:duration|time|bytes))?\}/g, '')
        .replace(/\[[^[\]]*\]/g, '');
      expect(left).not.toMatch(/[[\]{}]/);
    }
  });
});
