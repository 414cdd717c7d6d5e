import * as v from 'valibot';
import { AwsError } from '../core/errors.ts';
import type { Principal } from '../core/principal.ts';
import type { AwsResponse } from '../core/request.ts';
import type { Call, Route, RouteQuestion, Scope } from '../pipeline/endpoint.ts';

/** Who calls an operation, and where: known once the signature is verified. */
export type Caller = { readonly principal: Principal } & Scope;

/** A response that an operation writes itself, past its protocol (a function's answer, an object's bytes). */
export class RawResponse {
  readonly response: AwsResponse;
  constructor(response: AwsResponse) {
    this.response = response;
  }
}

/** What an operation returns: members of the output document, nothing, or a {@link RawResponse}. */
export type Output = object | undefined;

/** An operation of a service, independent of its wire protocol. */
export interface Operation {
  /** The route for one request; `input` is the decoded, unvalidated input document. */
  bind(input: unknown, write: (output: Output, call: Call) => AwsResponse): Omit<Route, 'operation'>;
}

/** How an operation is declared: see {@link operation}. */
export interface OperationSpec<Schema extends v.GenericSchema> {
  /**
   * The input document: a `v.object`. The query protocol delivers only strings, lists and objects of strings: use
   * transforms there. Members that the schema does not name are dropped.
   */
  readonly input: Schema;
  /** What the caller must be allowed to do; an empty list where AWS asks for no permission. */
  questions(input: v.InferOutput<Schema>, caller: Caller): readonly RouteQuestion[];
  /** Does it; errors for the client are thrown as {@link AwsError}. */
  handle(input: v.InferOutput<Schema>, call: Call): Promise<Output> | Output;
  /** The error code for an input that the schema refuses. Default `ValidationError`. */
  readonly invalidInput?: string;
}

/**
 * Declares an operation.
 * @example
 * operation({
 *   input: v.object({ RoleName: v.string() }),
 *   questions: ({ RoleName }, { accountId }) => [
 *     { action: 'iam:GetRole', resource: `arn:aws:iam::${accountId}:role/${RoleName}`, resourceAccountId: accountId },
 *   ],
 *   handle: ({ RoleName }, { accountId }) => ({ Role: directory.role(accountId, RoleName) }),
 * })
 */
export function operation<Schema extends v.GenericSchema>(spec: OperationSpec<Schema>): Operation {
  return {
    bind(input, write) {
      let parsed: { readonly value: v.InferOutput<Schema> } | undefined;
      const read = () => {
        parsed ??= { value: parseInput(spec, input) };
        return parsed.value;
      };
      return {
        questions: (caller) => spec.questions(read(), caller),
        dispatch: async (call) => {
          const output = await spec.handle(read(), call);
          return output instanceof RawResponse ? output.response : write(output, call);
        },
      };
    },
  };
}

function parseInput<Schema extends v.GenericSchema>(
  spec: OperationSpec<Schema>,
  input: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(spec.input, input);
  if (result.success) return result.output;
  const issues = result.issues.map(wordIssue);
  throw new AwsError(
    spec.invalidInput ?? 'ValidationError',
    `${issues.length} validation error${issues.length === 1 ? '' : 's'} detected: ${issues.join('; ')}`,
  );
}

/**
 * AWS's sentence for a constraint, where the schema words it as AWS does ("Member must …") or a member is missing; else the
 * member's path and the schema's own words.
 * @example "Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"
 */
function wordIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  if (path === null) return issue.message;
  const isMissing = issue.kind === 'schema' && issue.received === 'undefined';
  if (!isMissing && !issue.message.startsWith('Member must ')) return `${path}: ${issue.message}`;
  const member = path
    .split('.')
    .map((name) =>
      /^\d+$/.test(name) ? `${Number(name) + 1}.member` : name.charAt(0).toLowerCase() + name.slice(1),
    )
    .join('.');
  return isMissing
    ? `Value null at '${member}' failed to satisfy constraint: Member must not be null`
    : `Value '${String(issue.input).slice(0, 1024)}' at '${member}' failed to satisfy constraint: ${issue.message}`;
}
