import { isAccountId } from '@cross-account-api/iam';
import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { AwsError } from '../../../core/errors.ts';
import { invalid } from './errors.ts';
import { functionUrlAuthType } from './url-settings.ts';

/** A statement of a function's resource policy, as `AddPermission` makes it. */
export type PolicyStatement = {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal: '*' | { readonly Service: string } | { readonly AWS: string };
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** The members that `AddPermission` and `AWS::Lambda::Permission` share. */
export const permissionEntries = {
  Action: v.pipe(v.string(), v.regex(/^(lambda:[*]|lambda:[a-zA-Z]+|[*])$/)),
  Principal: v.pipe(v.string(), v.minLength(1), v.maxLength(2048)),
  SourceArn: v.optional(v.pipe(v.string(), v.regex(/^arn:/, 'must be an ARN'))),
  SourceAccount: v.optional(v.pipe(v.string(), v.regex(/^\d{12}$/, 'must be an account ID'))),
  PrincipalOrgID: v.optional(v.pipe(v.string(), v.regex(/^o-[a-z0-9]{10,32}$/))),
  FunctionUrlAuthType: v.optional(functionUrlAuthType),
  InvokedViaFunctionUrl: v.optional(
    v.literal(
      true,
      'AWS does not document what false does: set InvokedViaFunctionUrl to true, or leave it out.',
    ),
  ),
  EventSourceToken: v.optional(v.pipe(v.string(), v.regex(/^[a-zA-Z0-9._-]{1,256}$/))),
} as const;

/** A permission, before it becomes a statement. */
export type PermissionInput = v.InferOutput<v.ObjectSchema<typeof permissionEntries, undefined>>;

/** The policy statement for a permission (https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html). */
export function permissionStatement(sid: string, input: PermissionInput, resource: string): PolicyStatement {
  const equal = defined({
    'AWS:SourceAccount': input.SourceAccount,
    'lambda:FunctionUrlAuthType': input.FunctionUrlAuthType,
    'aws:PrincipalOrgID': input.PrincipalOrgID,
    'lambda:EventSourceToken': input.EventSourceToken,
  });
  const condition = defined({
    StringEquals: Object.keys(equal).length === 0 ? undefined : equal,
    Bool: input.InvokedViaFunctionUrl === true ? { 'lambda:InvokedViaFunctionUrl': 'true' } : undefined,
    ArnLike: input.SourceArn === undefined ? undefined : { 'AWS:SourceArn': input.SourceArn },
  });
  return defined({
    Sid: sid,
    Effect: 'Allow' as const,
    Principal: principalElement(input.Principal),
    Action: input.Action,
    Resource: resource,
    Condition: Object.keys(condition).length === 0 ? undefined : condition,
  });
}

/** The permission that a statement of {@link permissionStatement} was made of. */
export function permissionOf({ Principal, Action, Condition = {} }: PolicyStatement): PermissionInput {
  const { StringEquals = {}, ArnLike = {}, Bool } = Condition;
  const principal =
    typeof Principal === 'string' ? Principal : 'AWS' in Principal ? Principal.AWS : Principal.Service;
  return defined({
    Action,
    Principal: principal,
    SourceArn: ArnLike['AWS:SourceArn'],
    SourceAccount: StringEquals['AWS:SourceAccount'],
    PrincipalOrgID: StringEquals['aws:PrincipalOrgID'],
    EventSourceToken: StringEquals['lambda:EventSourceToken'],
    FunctionUrlAuthType: StringEquals['lambda:FunctionUrlAuthType'] as PermissionInput['FunctionUrlAuthType'],
    InvokedViaFunctionUrl: Bool === undefined ? undefined : (true as const),
  });
}

function principalElement(principal: string): PolicyStatement['Principal'] {
  if (principal === '*') return '*';
  if (isAccountId(principal)) return { AWS: `arn:aws:iam::${principal}:root` };
  if (/^arn:aws:(iam|sts)::\d{12}:\S+$/.test(principal)) return { AWS: principal };
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com$/.test(principal)) return { Service: principal };
  throw invalidPrincipal(
    `${principal.slice(0, 200)} is neither an account ID, nor the ARN of an IAM entity, nor a service such as apigateway.amazonaws.com`,
  );
}

/** The error for a principal that is malformed or does not exist. */
export function invalidPrincipal(reason: string): AwsError {
  return invalid(`The provided principal was invalid. Please check the principal and try again. (${reason})`);
}

/** The condition keys of a request that adds a permission, or of a change of a template. */
export function permissionKeys(input: PermissionInput): Readonly<Record<string, string>> {
  return defined({
    'lambda:Principal': input.Principal,
    'lambda:FunctionUrlAuthType': input.FunctionUrlAuthType,
    'lambda:InvokedViaFunctionUrl': input.InvokedViaFunctionUrl?.toString(),
  });
}
