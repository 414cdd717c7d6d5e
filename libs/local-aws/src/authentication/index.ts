export {
  type CanonicalDifference,
  type ClientMistake,
  createMistakeFinder,
  differenceOf,
  redactTokens,
} from './explanation.ts';
export { scopeOf } from './read-signature.ts';
export { authenticate, unreadableSignature } from './verification.ts';
