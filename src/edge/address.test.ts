import { expect, test } from 'vitest';
import { addressList, callerOf, clientAddress, plainAddress } from './address.ts';

test.each([
  ['10.1.2.3', true],
  ['::ffff:10.1.2.3', true],
  ['11.0.0.1', false],
  ['2001:db8::7', true],
  ['2001:db9::7', false],
  ['192.168.1.5', true],
  ['192.168.1.6', false],
  ['rubbish', false],
])('%s is in the list: %s', (address, isIn) => {
  expect(addressList(['10.0.0.0/8', '2001:db8::/32', '192.168.1.5'])?.(address)).toBe(isIn);
});

test('there is no list of nothing', () => expect(addressList([])).toBeNull());

test.each([
  ['nobody is trusted', '9.9.9.9', '1.1.1.1', [], '9.9.9.9'],
  ['a stranger claims to be somebody', '9.9.9.9', '1.1.1.1', ['10.0.0.0/8'], '9.9.9.9'],
  ['a proxy tells of its caller', '10.0.0.1', '1.1.1.1', ['10.0.0.0/8'], '1.1.1.1'],
  ['the caller wrote a field before', '10.0.0.1', '6.6.6.6, 1.1.1.1', ['10.0.0.0/8'], '1.1.1.1'],
  ['two proxies', '10.0.0.1', '1.1.1.1, 10.0.0.2', ['10.0.0.0/8'], '1.1.1.1'],
  ['all are proxies', '10.0.0.1', '10.0.0.3, 10.0.0.2', ['10.0.0.0/8'], '10.0.0.3'],
  ['the claim is no address', '10.0.0.1', '1.1.1.1, unknown', ['10.0.0.0/8'], '10.0.0.1'],
  ['no claim', '10.0.0.1', null, ['10.0.0.0/8'], '10.0.0.1'],
  ['with a port', '10.0.0.1', '[2001:db8::1]:443', ['10.0.0.0/8'], '2001:db8::1'],
])('%s', (_, connection, forwarded, trusted, expected) => {
  expect(clientAddress(connection, forwarded, addressList(trusted))).toBe(expected);
});

test.each([
  ['1.2.3.4', '1.2.3.4'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s counts as %s', (address, caller) => {
  expect(callerOf(plainAddress(address))).toBe(caller);
});
