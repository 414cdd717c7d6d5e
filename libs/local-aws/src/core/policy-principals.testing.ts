import type { PolicyPrincipals } from './policy-principals.ts';

/** Keeps every principal as it is written, for services without a directory. */
export const unboundPrincipals: PolicyPrincipals = {
  bindPrincipals: (document) => document,
  showPrincipals: (document) => document,
};
