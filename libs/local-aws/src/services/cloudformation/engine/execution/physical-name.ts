import { randomInt } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const RANDOM_LENGTH = 12;
const DEFAULT_MAX_LENGTH = 64;

/** A physical name as CloudFormation makes it: `<stack>-<logicalId>-<random>`. Stack and ID are cut if it is too long. */
export function physicalName(
  stackName: string,
  logicalId: string,
  { maxLength = DEFAULT_MAX_LENGTH, lowerCase = false }: { maxLength?: number; lowerCase?: boolean } = {},
): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  const room = Math.max(maxLength - RANDOM_LENGTH - 2, 2);
  const half = Math.floor(room / 2);
  const stackRoom = Math.max(half, room - logicalId.length);
  const stack = stackName.slice(0, stackRoom);
  const name = `${stack}-${logicalId.slice(0, room - stack.length)}-${random}`.slice(-Math.max(maxLength, 1));
  return lowerCase ? name.toLowerCase() : name;
}
