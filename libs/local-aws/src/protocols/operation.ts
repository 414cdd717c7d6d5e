import type { Principal } from '@cross-account-api/iam';
import * as v from 'valibot';
import { AwsError } from '../core/errors.ts';
import type { AwsResponse } from '../core/request.ts';
import type { Scope } from '../core/scope.ts';
import type { Call, Route, RouteQuestion } from '../pipeline/endpoint.ts';
import { unknownMembers } from './unknown-members.ts';

/** Who calls an operation, and where. */
export type Caller = { readonly principal: Principal } & Scope;

/** A response that an operation writes itself, past its protocol (a function's answer, an object's bytes). */
export class RawResponse {
  readonly response: AwsResponse;
  constructor(response: AwsResponse) {
    this.response = response;
  }
}

/** What an operation returns: members of the output document, nothing, or a {@link RawResponse}. */
// biome-ignore lint/suspicious/noConfusingVoidType: an operation without output ends in a call that returns nothing
export type Output = object | undefined | void;

/** A permission that a caller needs. */
export interface Permission extends Partial<RouteQuestion> {
  readonly resource: string;
  /** Default: the operation's own, e.g. `logs:CreateLogGroup`. */
  readonly action?: string;
  /** The account that owns the resource. Default: the caller's. */
  readonly resourceAccountId?: string;
}

/** An operation of a service. */
export interface Operation {
  readonly name: string;
  readonly http?: HttpBinding;
  readonly input: v.GenericSchema;
  /** The route for one request. @param readInput decodes the input document, once the request is authenticated */
  bind(
    readInput: () => unknown,
    write: (output: object | undefined) => AwsResponse,
  ): Omit<Route, 'operation'>;
}

/** How a REST protocol addresses an operation. */
export interface HttpBinding {
  /**
   * Method and path template as AWS's models have them: a label takes one segment, `{Name+}` the rest of the path. After `?`
   * come the parameters and `x-amz-` headers that tell operations of one path apart: `GET /{Bucket}?list-type=2`.
   */
  readonly template: string;
  readonly status: number;
  /** Whether the body is no document: the operation reads `call.payload` itself. */
  readonly rawBody: boolean;
}

/** How an operation is declared. */
export interface OperationSpec<Schema extends v.GenericSchema> {
  /** Required in REST protocols: see {@link HttpBinding}. */
  readonly http?: string;
  /** Default 200. */
  readonly status?: number;
  readonly rawBody?: boolean;
  /** The input: a `v.object`. Other members are refused. The query protocol has only strings, lists and objects of strings. */
  readonly input: Schema;
  /** What the caller must be allowed to do: all of the permissions, or the operation's own on an ARN. Empty: nothing. */
  requires(input: v.InferOutput<Schema>, caller: Caller): string | Permission | readonly Permission[];
  /** Does it; errors for the client are thrown as {@link AwsError}. */
  handle(input: v.InferOutput<Schema>, call: Call): Promise<Output> | Output;
}

type DeclareOperation = <Schema extends v.GenericSchema>(
  name: string,
  spec: OperationSpec<Schema>,
) => Operation;

/** Makes the error for an input that the schema refuses. */
export type InvalidInput = (issue: v.BaseIssue<unknown>) => AwsError;

/** Makes the function that declares the operations of one service. @param invalidInput an error code, or a function that makes the error */
export function operationsOf(
  service: string,
  invalidInput: string | InvalidInput = 'ValidationError',
): DeclareOperation {
  return (name, spec) => ({
    name,
    input: spec.input,
    ...(spec.http !== undefined && {
      http: { template: spec.http, status: spec.status ?? 200, rawBody: spec.rawBody ?? false },
    }),
    bind(readInput, write) {
      let parsed: { readonly value: v.InferOutput<typeof spec.input> } | undefined;
      const read = () => {
        parsed ??= { value: parseInput(`${service}:${name}`, spec.input, readInput(), invalidInput) };
        return parsed.value;
      };
      return {
        questions(caller) {
          const required = spec.requires(read(), caller);
          const permissions = typeof required === 'string' ? [{ resource: required }] : [required].flat();
          return permissions.map((permission) => ({
            action: `${service}:${name}`,
            resourceAccountId: caller.accountId,
            ...permission,
          }));
        },
        async dispatch(call) {
          const output = await spec.handle(read(), call);
          return output instanceof RawResponse ? output.response : write(output ?? undefined);
        },
      };
    },
  });
}

function parseInput<Schema extends v.GenericSchema>(
  operation: string,
  schema: Schema,
  input: unknown,
  invalidInput: string | InvalidInput,
): v.InferOutput<Schema> {
  const unknown = unknownMembers(schema, input);
  if (unknown.length > 0) {
    const message = `local AWS does not implement ${unknown.join(', ')} of ${operation}: leave ${unknown.length === 1 ? 'it' : 'them'} out.`;
    throw new AwsError('NotImplemented', message, 501);
  }
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  if (typeof invalidInput !== 'string') throw invalidInput(result.issues[0]);
  const issues = result.issues.map(describeIssue);
  const count = `${issues.length} validation error${issues.length === 1 ? '' : 's'}`;
  throw new AwsError(invalidInput, `${count} detected: ${issues.join('; ')}`);
}

/** AWS's sentence for a missing member, or if the schema says "Member must …"; else the path and the schema's own words. */
function describeIssue(issue: v.BaseIssue<unknown>): string {
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
