import type { Principal } from '@cross-account-api/iam';
import * as v from 'valibot';
import { AwsError } from '../core/errors.ts';
import type { AwsResponse } from '../core/request.ts';
import type { Scope } from '../core/scope.ts';
import type { Route, RouteQuestion, ServiceRequest } from '../pipeline/endpoint.ts';
import { type InvalidInputCodes, invalidInputError, queryInputCodes } from './invalid-input.ts';
import { unknownMembers } from './unknown-members.ts';

/** The caller of an operation, with account and region. */
export type OperationCaller = { readonly principal: Principal } & Scope;

/** A response that an operation writes itself, instead of its protocol (a function's answer, an object's bytes). */
export class RawResponse {
  readonly response: AwsResponse;
  constructor(response: AwsResponse) {
    this.response = response;
  }
}

/** The output of an operation: members of the output document, nothing, or a {@link RawResponse}. */
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
export interface ServiceOperation {
  readonly name: string;
  readonly http?: HttpBinding;
  readonly input: v.GenericSchema;
  /** The route for one request. @param readInput decodes the input document, once the request is authenticated */
  bind(
    readInput: () => unknown,
    write: (output: object | undefined) => AwsResponse,
  ): Omit<Route, 'operation'>;
}

/** The address of an operation in a REST protocol. */
export interface HttpBinding {
  /**
   * Method and path template as AWS's models have them: a label takes one segment, `{Name+}` the rest of the path. After `?`
   * come the parameters and `x-amz-` headers that tell operations of one path apart: `GET /{Bucket}?list-type=2`.
   */
  readonly template: string;
  readonly status: number;
  /** Whether the operation reads `call.payload` itself. Its body is then not parsed. */
  readonly rawBody: boolean;
}

/** The declaration of an operation. */
export interface OperationSpec<Schema extends v.GenericSchema> {
  /** Required in REST protocols: see {@link HttpBinding}. */
  readonly http?: string;
  /** Default 200. */
  readonly status?: number;
  /** See {@link HttpBinding.rawBody}. Default `false`. */
  readonly rawBody?: boolean;
  /** The input: a `v.object`. Other members are refused. The query protocol has only strings, lists and objects of strings. */
  readonly input: Schema;
  /** The permissions that the caller needs, all of them. A text is the ARN for the operation's own action. An empty list: none. */
  requires(
    input: v.InferOutput<Schema>,
    caller: OperationCaller,
  ): string | Permission | readonly Permission[];
  /** Carries out the operation. @throws AwsError for the client */
  handle(input: v.InferOutput<Schema>, call: ServiceRequest): Promise<Output> | Output;
}

/** Makes the error for an input that the schema refuses. */
export type InvalidInput = (issue: v.BaseIssue<unknown>) => AwsError;

function codesOf(given: string | Partial<InvalidInputCodes>): InvalidInputCodes {
  const {
    type = 'SerializationException',
    constraint = 'ValidationException',
    ...rest
  } = typeof given === 'string' ? { constraint: given } : given;
  return { type, constraint, other: constraint, ...rest };
}

/**
 * Makes the function that declares the operations of one service.
 * @param service the prefix of its IAM actions, e.g. `logs`
 * @param invalidInput the codes of the errors for input that the schema refuses (a text: for every constraint), or a function that
 * makes the error. Default: those of the query protocol
 */
export function operationsOf(
  service: string,
  invalidInput: string | Partial<InvalidInputCodes> | InvalidInput = queryInputCodes,
) {
  const invalid = typeof invalidInput === 'function' ? invalidInput : codesOf(invalidInput);
  return <Schema extends v.GenericSchema>(name: string, spec: OperationSpec<Schema>): ServiceOperation => ({
    name,
    input: spec.input,
    ...(spec.http !== undefined && {
      http: { template: spec.http, status: spec.status ?? 200, rawBody: spec.rawBody ?? false },
    }),
    bind(readInput, write) {
      let parsed: { readonly value: v.InferOutput<Schema> } | undefined;
      const read = () => {
        parsed ??= { value: parseInput(`${service}:${name}`, spec.input, readInput(), invalid) };
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

/** Members that local AWS does not have, and that are or may be true without the request: `false` asks for a change. */
export const TRUE_ON_AWS: ReadonlySet<string> = new Set([
  'apigateway:UpdateStage.autoDeploy',
  'apigateway:UpdateStage.defaultRouteSettings.detailedMetricsEnabled',
  'dynamodb:UpdateTable.DisassociationProtectionEnabled',
]);

function parseInput<Schema extends v.GenericSchema>(
  operation: string,
  schema: Schema,
  input: unknown,
  invalidInput: InvalidInputCodes | InvalidInput,
): v.InferOutput<Schema> {
  const unknown = unknownMembers(schema, input, '', (path) => TRUE_ON_AWS.has(`${operation}.${path}`));
  if (unknown.length > 0) {
    const message = `local AWS does not implement ${unknown.join(', ')} of ${operation}: leave ${unknown.length === 1 ? 'it' : 'them'} out.`;
    throw new AwsError('NotImplemented', message, 501);
  }
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  throw typeof invalidInput === 'function'
    ? invalidInput(result.issues[0])
    : invalidInputError(result.issues, invalidInput);
}
