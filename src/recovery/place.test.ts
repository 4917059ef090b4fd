import { expect, it } from 'vitest';
import { type Clock, instant } from '#kernel';
import { openPlace, parsePlace } from './place.ts';

const folder = (path: string) => ({ kind: 'folder', path });
const s3 = (bucket: string, prefix: string) => ({ kind: 's3', bucket, prefix });

it.each([
  ['/srv/backups', folder('/srv/backups')],
  ['/srv/../srv/backups/', folder('/srv/backups')],
  ['./backups', folder('/systems/shop/backups')],
  ['./a/b', folder('/systems/shop/a/b')],
  ['file:///srv/my%20backups', folder('/srv/my backups')],
  ['s3://my-bucket', s3('my-bucket', '')],
  ['s3://my-bucket/', s3('my-bucket', '')],
  ['s3://my.bucket/a/b', s3('my.bucket', 'a/b')],
  ['s3://my-bucket/a/b/', s3('my-bucket', 'a/b')],
  ['s3://', null],
  ['s3://My_Bucket/a', null],
  ['s3://key:secret@bucket/a', null],
  ['s3://my-bucket//a', null],
  ['s3://my-bucket/../a', null],
  ['s3://my-bucket/a?x=1', null],
  ['file://server/share', null],
  ['file:relative', null],
  ['https://example.com/a', null],
  ['backups', null],
  ['~/backups', null],
  ['./', null],
  ['.', null],
  ['', null],
  ['/srv/\0', null],
])('%j is read as %j', (text, place) => {
  expect(parsePlace(text, '/systems/shop')).toEqual(place);
});

const clock: Clock = { now: () => instant(0), sleep: async () => {} };
const KEYS = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'not-shown' };

const open = (text: string, variables: Record<string, string> = {}) =>
  openPlace(text, { systemFolder: '/systems/shop', variables, clock });

it.each([
  ['/srv/backups', {}, '/srv/backups', false],
  ['./b', {}, '/systems/shop/b', false],
  ['s3://bucket/a', {}, 's3://bucket/a', true],
  [
    's3://bucket/a',
    { AWS_ENDPOINT_URL_S3: 'https://s3.example.com' },
    's3://bucket/a at s3.example.com',
    true,
  ],
  ['s3://bucket', { AWS_ENDPOINT_URL: 'http://127.0.0.1:9000' }, 's3://bucket at 127.0.0.1:9000', false],
  ['s3://bucket', { AWS_ENDPOINT_URL_S3: 'http://localhost:9000' }, 's3://bucket at localhost:9000', false],
])('%j with %j is shown as %j, off site: %j', (text, variables, shown, isOffSite) => {
  expect(open(text, { ...KEYS, ...variables })).toMatchObject({ ok: true, value: { shown, isOffSite } });
});

it.each([
  ['backups', KEYS, 'backup_place_invalid'],
  ['s3://key:not-shown@bucket/a', KEYS, 'backup_place_invalid'],
  ['s3://bucket', { ...KEYS, AWS_ENDPOINT_URL_S3: 'host:80:90' }, 'backup_place_invalid'],
  ['s3://bucket', { AWS_ACCESS_KEY_ID: 'AKID' }, 'backup_place_locked'],
  ['s3://bucket', { AWS_SECRET_ACCESS_KEY: 'not-shown', AWS_ACCESS_KEY_ID: '' }, 'backup_place_locked'],
])('%j with %j is refused without showing a secret', (text, variables, code) => {
  const opened = open(text, variables);
  expect(opened).toMatchObject({ ok: false, error: { code } });
  expect(JSON.stringify(opened)).not.toContain('not-shown');
});
