import { callWith } from '../../call-of.ts';
import type { Unknown } from './facts.ts';

/** The result of a check. */
export interface Finding {
  /** The check's name, e.g. `timeouts`. */
  readonly check: string;
  readonly status: 'pass' | 'warn' | 'fail';
  readonly message: string;
  /** The remedy. Lines that begin with two spaces are commands for a shell. */
  readonly remedy?: string;
}

/** Makes the findings of one check. */
export function findingsOf(check: string) {
  return {
    pass: (message: string): Finding => ({ check, status: 'pass', message }),
    warn: (message: string, remedy: string): Finding => ({ check, status: 'warn', message, remedy }),
    fail: (message: string, remedy: string): Finding => ({ check, status: 'fail', message, remedy }),
    /** For a fact that could not be read. */
    unknown: (what: string, { unknown }: Unknown): Finding => ({
      check,
      status: 'warn',
      message: `${what} was not checked: ${unknown}`,
      remedy: `Allow this, or look yourself. ${callWith('check', '--help')} lists the permissions that are needed.`,
    }),
  };
}
