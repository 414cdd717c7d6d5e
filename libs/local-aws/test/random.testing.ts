/** A seeded random number generator: mulberry32. */
export interface Random {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
  pick<T>(values: readonly [T, ...T[]]): T;
}

/** @param seed any whole number; the same gives the same numbers */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
  return { below, pick: (values) => values[below(values.length)] ?? values[0] };
}

/** Makes one to three random changes: flips, replaces, inserts, deletes, repeats, swaps or cuts off bytes. */
export function mutate(bytes: Buffer, random: Random): Buffer {
  let mutated = bytes;
  for (let left = random.pick([1, 1, 1, 2, 3]); left > 0; left -= 1) {
    mutated = random.pick(mutations)(mutated, random.below(Math.max(1, mutated.length)), random);
  }
  return mutated;
}

type Mutation = (bytes: Buffer, at: number, random: Random) => Buffer;

const interesting = Buffer.from('\r\n\0 \t:;,=&%/?#"\'<>{}[]()*.+-_~\x7f\xff\xc3\x80AZaz09', 'latin1');

const mutations: readonly [Mutation, ...Mutation[]] = [
  (bytes, at, random) => replaced(bytes, at, 1, [(bytes[at] ?? 0) ^ (1 << random.below(8))]),
  (bytes, at, random) => replaced(bytes, at, 1, [0x21 + random.below(0x5e)]),
  (bytes, at, random) => replaced(bytes, at, 1, [interesting[random.below(interesting.length)] ?? 0]),
  (bytes, at, random) => replaced(bytes, at, 0, [0x21 + random.below(0x5e)]),
  (bytes, at, random) => replaced(bytes, at, 0, [interesting[random.below(interesting.length)] ?? 0]),
  (bytes, at, random) => replaced(bytes, at, 1 + random.below(4), []),
  (bytes, at, random) => replaced(bytes, at, 0, bytes.subarray(at, at + 1 + random.below(40))),
  (bytes, at) => replaced(bytes, at, 2, [...bytes.subarray(at, at + 2)].reverse()),
  (bytes, at) => bytes.subarray(0, at),
];

function replaced(bytes: Buffer, at: number, length: number, by: Iterable<number> | Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), Buffer.from([...by]), bytes.subarray(at + length)]);
}
