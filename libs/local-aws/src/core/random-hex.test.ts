import { randomHex } from './random-hex.ts';

test.each([16, 22, 24] as const)('an ID has %i hexadecimal digits, each of which varies', (digits) => {
  const ids = Array.from({ length: 200 }, () => randomHex(digits));
  expect(new Set(ids).size).toBe(200);
  for (const id of ids) expect(id).toMatch(new RegExp(`^[0-9a-f]{${digits}}$`));
  for (let at = 0; at < digits; at += 1) expect(new Set(ids.map((id) => id[at])).size).toBeGreaterThan(8);
});
