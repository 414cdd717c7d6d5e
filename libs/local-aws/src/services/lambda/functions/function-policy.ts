import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { PolicyDocument } from '../../../core/principal.ts';

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
  EventSourceToken: v.optional(v.pipe(v.string(), v.regex(/^[a-zA-Z0-9._-]{1,256}$/))),
} as const;

/** What a permission says. */
export type PermissionInput = v.InferOutput<v.ObjectSchema<typeof permissionEntries, undefined>>;

/**
 * The policy statement for a permission
 * (https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html).
 * @param resource the function's ARN, with the qualifier that the permission is for
 * @throws AwsError `InvalidParameterValueException` for a principal that is none
 */
export function permissionStatement(sid: string, input: PermissionInput, resource: string): PolicyStatement {
  const condition: Record<string, Record<string, string>> = {};
  const equal = (key: string, value: string | undefined) => {
    if (value !== undefined) condition.StringEquals = { ...condition.StringEquals, [key]: value };
  };
  equal('AWS:SourceAccount', input.SourceAccount);
  equal('aws:PrincipalOrgID', input.PrincipalOrgID);
  equal('lambda:EventSourceToken', input.EventSourceToken);
  if (input.SourceArn !== undefined) condition.ArnLike = { 'AWS:SourceArn': input.SourceArn };
  return {
    Sid: sid,
    Effect: 'Allow',
    Principal: principalElement(input.Principal),
    Action: input.Action,
    Resource: resource,
    ...(Object.keys(condition).length === 0 ? {} : { Condition: condition }),
  };
}

function principalElement(principal: string): PolicyStatement['Principal'] {
  if (principal === '*') return '*';
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` };
  if (/^arn:aws:(iam|sts)::\d{12}:\S+$/.test(principal)) return { AWS: principal };
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com$/.test(principal)) return { Service: principal };
  throw new AwsError(
    'InvalidParameterValueException',
    `The provided principal was invalid. Please check the principal and try again. (${principal.slice(0, 200)} is neither an account ID, nor the ARN of an IAM entity, nor a service such as apigateway.amazonaws.com)`,
  );
}

/** The policy document that `GetPolicy` returns and the authorizer reads. */
export function policyDocument(statements: readonly PolicyStatement[]): PolicyDocument {
  return { Version: '2012-10-17', Id: 'default', Statement: statements };
}
