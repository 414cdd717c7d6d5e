export type { CanonicalDifference } from './difference.ts';
export { differenceOf, redactTokens } from './difference.ts';
export type { ClientMistake } from './explanation.ts';
export { createMistakeFinder, guessClientMistake } from './explanation.ts';
export { scopeOf } from './read-signature.ts';
export { authenticate, unreadableSignature } from './verification.ts';
