import * as v from 'valibot';
import type { DeclaredProblem, Operation } from './operation.ts';

/** A declared problem with which an operation was answered, and its name in the operation. */
export type ProblemOf<O> = O extends { readonly problems: infer Problems }
  ? {
      [Name in keyof Problems & string]: Occurrence<Name> & MembersOf<Problems[Name]>;
    }[keyof Problems & string]
  : never;

/** The members that each declared problem has. */
interface Occurrence<Name extends string> {
  readonly name: Name;
  readonly status: number;
  readonly title: string;
  readonly type: string;
  readonly detail?: string;
  readonly requestId?: string;
}

/** The further members of a declared problem, as a client reads them. */
type MembersOf<Problem> = Problem extends { readonly members: infer Members extends v.GenericSchema }
  ? v.InferOutput<Members>
  : unknown;

/**
 * Finds the declared problem with which an operation was answered.
 * @param error of a call; a `SignedFetchError` of signed-fetch has the problem document of the response as `problem`
 * @returns `undefined` for every other error
 * @example
 * try {
 *   await api.postOrder({ body });
 * } catch (error) {
 *   const problem = problemOf(operations.postOrder, error);
 *   if (problem?.name !== 'outOfStock') throw error;
 *   return problem.available;
 * }
 */
export function problemOf<const O extends Operation>(operation: O, error: unknown): ProblemOf<O> | undefined {
  const problem: unknown = error instanceof Error && 'problem' in error ? error.problem : undefined;
  const { status, type = ABOUT_BLANK, ...others } = asMembers(problem);
  for (const [name, declared] of Object.entries<DeclaredProblem>(operation.problems ?? {})) {
    if (status !== declared.status || type !== (declared.type ?? ABOUT_BLANK)) continue;
    const further = v.safeParse(declared.members ?? v.object({}), others);
    // The schema has checked the members, from which the type follows.
    if (further.success)
      return { ...others, ...Object(further.output), status, type, name } as unknown as ProblemOf<O>;
  }
  return undefined;
}

/** The type of a problem that has none (RFC 9457, section 4.2.1). */
const ABOUT_BLANK = 'about:blank';

function asMembers(value: unknown): Readonly<Record<string, unknown>> {
  return v.is(v.looseObject({}), value) ? value : {};
}
