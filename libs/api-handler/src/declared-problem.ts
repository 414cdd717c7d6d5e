import type * as v from 'valibot';
import { HttpError, type ProblemMembers } from './http-error.ts';
import type { HandledOperation, Schema } from './operation.ts';

/** Makes an error that an operation declares, by its name. */
export type ProblemFunction<Op extends HandledOperation> = <Name extends keyof ProblemsOf<Op> & string>(
  name: Name,
  /** What happened this time, and what the client can do. */
  detail: string,
  ...members: MembersOf<ProblemsOf<Op>[Name]>
) => HttpError;

type ProblemsOf<Op> = Op extends { readonly problems: infer Problems } ? Problems : Record<never, never>;

type MembersOf<Problem> = Problem extends { readonly members: infer Members extends Schema }
  ? Record<never, never> extends v.InferInput<Members>
    ? [members?: v.InferInput<Members>]
    : [members: v.InferInput<Members>]
  : [];

/** The function `problem` of a request. */
export function problemFunction<Op extends HandledOperation>({ problems = {} }: Op): ProblemFunction<Op> {
  return (name, detail, ...[members]) => {
    const declared = Object.hasOwn(problems, name) ? problems[name] : undefined;
    if (declared === undefined) throw new TypeError(`The operation declares no problem ${name}.`);
    const { status, type = 'about:blank', title } = declared;
    return new HttpError(status, detail, {}, { ...(members as ProblemMembers | undefined), type, title });
  };
}
