import { randomInt } from 'node:crypto';

/** API Gateway's kind of ID: digits and lower-case letters. */
export function randomId(length: number): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}
