import { BlockList, isIP } from 'node:net';

/** Whether an address lies in one of some networks. */
export type AddressList = (address: string) => boolean;

/** Null when there are no networks: who asks has to say what that means. */
export function addressList(networks: readonly string[]): AddressList | null {
  if (networks.length === 0) return null;
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', length] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (length === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(length), family);
  }
  return (address) => {
    const plain = plainAddress(address);
    const family = isIP(plain);
    return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4');
  };
}

/**
 * Who the caller is: the connection's other end, or, as far as that is a trusted proxy, what it says in
 * `x-forwarded-for`, read from the right up to the first address that is not a trusted proxy. What stands further left
 * anybody may have written.
 */
export function clientAddress(
  connection: string,
  forwarded: string | null,
  trusted: AddressList | null,
): string {
  let address = plainAddress(connection);
  if (trusted === null || forwarded === null) return address;
  const claims = forwarded.split(',');
  while (claims.length > 0 && trusted(address)) {
    const claimed = plainAddress(claims.pop()?.trim() ?? '');
    if (isIP(claimed) === 0) break;
    address = claimed;
  }
  return address;
}

/** IPv4 addresses as such, also where an IPv6 socket shows them (`::ffff:1.2.3.4`); without zone, brackets and port. */
export function plainAddress(text: string): string {
  const bare = /^\[([^\]]*)\](:\d+)?$/.exec(text)?.[1] ?? text.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
  const address = bare.replace(/%.*$/, '');
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

/** What counts as one caller: an IPv4 address, or the /64 network of an IPv6 one, of which everybody has plenty. */
export function callerOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array.from({ length: Math.max(0, gap) }, () => '0'), ...back];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
