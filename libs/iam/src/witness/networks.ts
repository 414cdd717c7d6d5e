import ipaddr from 'ipaddr.js';
import type { Condition } from '../language/conditions.ts';
import { words } from '../words.ts';
import { takesWildcards } from './conditions-by-key.ts';

/** Addresses from which a request can come. */
export interface Addresses {
  /** Anybody can have one. */
  readonly anywhere: readonly string[];
  /** In networks that the policies name. */
  readonly named: readonly string[];
}

/** Addresses in many parts of the Internet. Nothing is sent to them. */
const internet = words(`
    8.21.14.3 24.48.0.7 52.95.4.25 81.2.69.142 93.184.216.34 118.27.3.9 146.70.2.5 177.54.144.7
    185.40.4.5 203.0.113.77 2600:1f18::4d 2a02:26f0::77 2001:4860::9
  `);

interface Range {
  readonly bits: number;
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * Where the requests of a stranger come from. A network is named by a condition whose addresses are few; a condition with more than an
 * IPv4 `/8` or an IPv6 `/32` of addresses names nobody. AWS draws the line there: "values broader than /8 for IPv4 and /32 for IPv6
 * (excluding RFC1918 private ranges)",
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 * @param conditions those on an address
 */
export function addressesFor(conditions: readonly Condition[]): Addresses {
  const addresses = memos.get(conditions) ?? newAddresses(conditions);
  memos.set(conditions, addresses);
  return addresses;
}

/** The addresses that were found: they are asked for about each kind of stranger. */
const memos = new WeakMap<readonly Condition[], Addresses>();

function newAddresses(conditions: readonly Condition[]): Addresses {
  const [anywhere, named] = [new Set<string>(), new Set<string>()];
  const networks: Range[] = [];
  for (const condition of conditions) {
    const ranges = condition.values.flatMap((value) => rangeOf(value, takesWildcards(condition)) ?? []);
    const isBroad = isBroaderThanNetwork(ranges);
    if (!isBroad) networks.push(...ranges);
    for (const range of ranges) (isBroad ? anywhere : named).add(hostIn(range));
  }
  const isNamed = (address: string) => {
    if (networks.length === 0) return false;
    const range = rangeOf(address, false);
    return (
      range !== undefined &&
      networks.some(
        ({ bits, first, last }) => bits === range.bits && first <= range.first && range.first <= last,
      )
    );
  };
  return { anywhere: [...internet, ...anywhere].filter((each) => !isNamed(each)), named: [...named] };
}

function isBroaderThanNetwork(ranges: readonly Range[]): boolean {
  return [32, 128].some((bits) => {
    let [size, reached] = [0n, -1n];
    for (const { first, last } of ranges
      .filter((range) => range.bits === bits && !isPrivate(range))
      .toSorted((a, b) => (a.first < b.first ? -1 : Number(a.first > b.first)))) {
      const from = first > reached ? first : reached + 1n;
      if (last >= from) size += last - from + 1n;
      if (last > reached) reached = last;
    }
    return size > (bits === 32 ? 2n ** 24n : 2n ** 96n);
  });
}

/** Whether all addresses are private, as of RFC 1918. */
function isPrivate(range: Range): boolean {
  return [range.first, range.last].every(
    (each) => ipaddr.parse(textOf(each, range.bits)).range() === 'private',
  );
}

function rangeOf(value: string, wildcards: boolean): Range | undefined {
  // Compared as a text, `192.0.2.*` is a network, too.
  const text = wildcards ? value.replaceAll('*', '1').replaceAll('?', '1') : value;
  const [, address = '', prefix] = /^([0-9a-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  if (!ipaddr.isValid(address)) return undefined;
  const bytes = ipaddr.process(address).toByteArray();
  const bits = bytes.length * 8;
  const length = Number(prefix ?? bits);
  if (length > bits) return undefined;
  const own = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const size = 2n ** BigInt(bits - length);
  const first = (own / size) * size;
  return { bits, first, last: first + size - 1n };
}

/** The second address of a network: the first one is its own. */
function hostIn({ bits, first, last }: Range): string {
  return textOf(first === last ? first : first + 1n, bits);
}

function textOf(address: bigint, bits: number): string {
  const bytes = Array.from({ length: bits / 8 }, (_, index) =>
    Number((address >> BigInt(bits - 8 * (index + 1))) & 255n),
  );
  return ipaddr.fromByteArray(bytes).toString();
}
