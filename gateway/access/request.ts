/** What of a request says who it comes from, as plain values, and what can be read off an address and a host. Nothing is decided here. */

export type RequestFacts = Readonly<{
  method: string;
  /** Without the query, as it came: not decoded. */
  path: string;
  /** Behind the question mark; empty where there is none. */
  query: string;
  /** Names in small letters; one that came twice is joined with `, ` (`; ` for cookies), as HTTP has it. */
  headers: Readonly<Record<string, string | undefined>>;
  /** Of the other end of the socket: never of a header. */
  address: string;
  tls: boolean;
  /** A WebSocket asked for. */
  upgrade: boolean;
}>;

/** Written one way: IPv4 in IPv6 as IPv4, no zone. */
export const plainAddress = (address: string): string =>
  address
    .toLowerCase()
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '');

export function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return plain === '::1' || plain === '0:0:0:0:0:0:0:1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(plain);
}

/** Whom tries are counted against: one line of IPv6 has 2^64 addresses, and is one place. */
export function placeOf(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}

const UNSAFE = /^(?!(GET|HEAD)$)/;
/** Whether it may change something. What is not known not to, may. */
export const isUnsafe = ({ method }: RequestFacts): boolean => UNSAFE.test(method);

/** The host a browser believes to talk to, without its port; null where the header is missing or no host. */
export function hostIn(header: string | undefined): string | null {
  const [, host] = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?$/.exec(header ?? '') ?? [];
  return host?.toLowerCase() ?? null;
}
