import { decidingStatements, decisionOn, isNameOf } from './decision-on.ts';

/** The result of a matcher, as jest and vitest take it. */
interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** The state of an expectation in jest and vitest. */
interface MatcherState {
  /** Whether `.not` is before the matcher. */
  readonly isNot?: boolean | undefined;
}

/** What the matchers add to `expect`, in jest and in vitest. */
interface DecisionMatchers<R> {
  /**
   * Expects that the policies allowed a call. @param statement that must be among the statements that allowed it: its `Sid`, its policy, or
   * both, such as `AdministratorAccess #1`. Default: any
   */
  toBeAllowedBy(statement?: string): R;
  /**
   * Expects that a policy denied a call, or that none allowed it. @param statement the `Deny` statement, named as in `toBeAllowedBy`. Without
   * one, the denial may be implicit
   */
  toBeDeniedBy(statement?: string): R;
}

declare global {
  namespace jest {
    // biome-ignore lint/complexity/noBannedTypes: All declarations of an interface must have the same parameters as in @types/jest.
    interface Matchers<R, T = {}> extends DecisionMatchers<R> {}
  }
  // vitest 5 no longer extends jest's declaration. It has chai's, as vitest 4 has, and a declaration of a module `vitest` would break both
  // vitest 4, whose interface has other parameters, and jest, which has no such module.
  namespace Chai {
    interface Assertion extends DecisionMatchers<void> {}
  }
}

/**
 * Matchers for jest and vitest: `expect.extend(matchers)`. They take what `decisionOn` takes, and need not be awaited. A call on which IAM
 * did not decide fails with and without `.not`.
 */
export const matchers = {
  toBeAllowedBy(this: MatcherState, call: unknown, ...statement: readonly unknown[]): MatcherResult {
    return match('allowed', call, statement, this.isNot === true);
  },
  toBeDeniedBy(this: MatcherState, call: unknown, ...statement: readonly unknown[]): MatcherResult {
    return match('denied', call, statement, this.isNot === true);
  },
};

/** @throws TypeError if the matcher cannot decide: then it fails with `.not`, too */
function match(
  wanted: 'allowed' | 'denied',
  call: unknown,
  names: readonly unknown[],
  isNot: boolean,
): MatcherResult {
  const [name] = names;
  if (names.length > 0 && (typeof name !== 'string' || name === '')) {
    throw new TypeError(
      `The name of a statement must be a text: its Sid, its policy, or both, as in "AdministratorAccess #1". It is ${JSON.stringify(name)}. Leave it out for any statement.`,
    );
  }
  const { allowed, by, explanation } = decisionOn(call);
  if (allowed === undefined) {
    throw new TypeError(`IAM did not decide on this call, so no policy has ${wanted} it.\n\n${explanation}`);
  }
  const isNamed =
    typeof name !== 'string' || decidingStatements(call).some((reference) => isNameOf(name, reference));
  const expected = `The call must ${isNot ? 'not ' : ''}be ${wanted}${typeof name === 'string' ? ` by ${name}` : ''}.`;
  const decided = `It was ${allowed ? 'allowed' : 'denied'} by ${by.length === 0 ? 'no statement' : by.join(', ')}.`;
  return {
    pass: allowed === (wanted === 'allowed') && isNamed,
    message: () => `${expected} ${decided}\n\n${explanation}`,
  };
}
