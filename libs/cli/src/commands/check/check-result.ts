import { callWith } from '../../call-of.ts';
import type { Unknown } from './facts.ts';

/** The result of a check. */
export interface CheckResult {
  /** The check's name, e.g. `timeouts`. */
  readonly check: string;
  readonly status: 'pass' | 'warn' | 'fail';
  readonly message: string;
  /** The remedy. Lines that begin with two spaces are commands for a shell. */
  readonly remedy?: string;
}

/** Makes the findings of one check. */
export function resultsOf(check: string) {
  return {
    pass: (message: string): CheckResult => ({ check, status: 'pass', message }),
    warn: (message: string, remedy: string): CheckResult => ({ check, status: 'warn', message, remedy }),
    fail: (message: string, remedy: string): CheckResult => ({ check, status: 'fail', message, remedy }),
    /** For a fact that could not be read. */
    unknown: (what: string, { unknown }: Unknown): CheckResult => ({
      check,
      status: 'warn',
      message: `${what} was not checked: ${unknown}`,
      remedy: `Allow this, or look yourself. ${callWith('check', '--help')} names the page with the permissions that are needed.`,
    }),
  };
}
