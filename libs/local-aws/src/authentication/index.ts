export { type CanonicalDifference, differenceOf, redactTokens } from './difference.ts';
export { type ClientMistake, createMistakeFinder } from './explanation.ts';
export { scopeOf } from './read-signature.ts';
export { authenticate, unreadableSignature } from './verification.ts';
