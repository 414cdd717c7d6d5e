import type { KnownDifference } from './recording/compare.ts';

/** Where local AWS differs from recordings of AWS, and why it stays so. */
export const knownDifferences: readonly KnownDifference[] = [];
