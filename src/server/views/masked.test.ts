import { describe, expect, test } from 'vitest';
import { masked, maskedVariable, maskedWords } from './masked.ts';

describe('what looks like a password is hidden', () => {
  test.each([
    ['postgres://app:hunter2@db:5432/shop', 'postgres://app:…@db:5432/shop'],
    ['redis://:hunter2@cache', 'redis://:…@cache'],
    ['postgres://app:with/slash?and@at@db/shop', 'postgres://app:…@db/shop'],
    ['a=amqp://u:p1@one b=amqp://u:p2@two', 'a=amqp://u:…@one b=amqp://u:…@two'],
    ['host=db user=app password=hunter2 dbname=shop', 'host=db user=app password=… dbname=shop'],
    ['https://api.example/v1?token=abc&page=2', 'https://api.example/v1?token=…&page=2'],
    ['{"password": "hunter2", "user": "app"}', '{"password": "…", "user": "app"}'],
    ['node server.mjs --api-key=abc', 'node server.mjs --api-key=…'],
  ])('%s', (text, shown) => {
    expect(masked(text)).toBe(shown);
  });

  test.each([
    ['serve --token abc --port 3000', 'serve --token … --port 3000'],
    ['serve --db-password abc', 'serve --db-password …'],
    ['serve -token abc', 'serve -token …'],
    ['env SMTP_PASSWORD=abc serve', 'env SMTP_PASSWORD=… serve'],
    ['serve --token --port 3000', 'serve --token --port 3000'],
    ['curl postgres://app:abc@db/shop', 'curl postgres://app:…@db/shop'],
    ['serve --token-file /run/token', 'serve --token-file /run/token'],
  ])('among the words of %s', (words, shown) => {
    expect(maskedWords(words.split(' ')).join(' ')).toBe(shown);
  });

  test('also where it has several words, and in a header', () => {
    expect(maskedWords(['serve', '--password=two words'])).toEqual(['serve', '--password=…']);
    expect(maskedWords(['curl', '-H', 'Authorization: Bearer abc.def-123'])).toEqual([
      'curl',
      '-H',
      'Authorization: Bearer …',
    ]);
  });

  test.each([
    'http://127.0.0.1:3000/path',
    'postgres://app@db/shop',
    'mail to ann@example.org at 10:30',
    'node server.mjs --port 3000',
    'tokens: 7',
  ])('%s is shown as it is', (text) => {
    expect(masked(text)).toBe(text);
  });

  test.each([
    ['ADMIN_PASSWORD', 'hunter2', '…'],
    ['token', 'abc', '…'],
    ['SMTP_PASSWORD', '', ''],
    ['TOKEN_LIFETIME', '3600', '3600'],
    ['GREETING', 'hello', 'hello'],
    ['DATABASE_URL', 'postgres://app:hunter2@db/shop', 'postgres://app:…@db/shop'],
  ])('the variable %s with the value "%s" shows "%s"', (name, value, shown) => {
    expect(maskedVariable(name, value)).toBe(shown);
  });
});
