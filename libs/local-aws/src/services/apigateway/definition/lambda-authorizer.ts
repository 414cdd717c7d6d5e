import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { badRequest } from './errors.ts';
import { lambdaFunctionOf } from './integration.ts';
import type { Given } from './properties.ts';

/** The properties of `AWS::ApiGateway::Authorizer`, without the ID of its API. */
export const authorizerEntries = {
  Name: v.string(),
  Type: v.picklist(['TOKEN', 'REQUEST', 'COGNITO_USER_POOLS']),
  AuthType: v.optional(v.string()),
  AuthorizerCredentials: v.optional(v.string()),
  AuthorizerResultTtlInSeconds: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(3_600)), 300),
  AuthorizerUri: v.optional(v.string()),
  IdentitySource: v.optional(v.string()),
  IdentityValidationExpression: v.optional(v.string()),
  ProviderARNs: withoutEffect(v.optional(v.array(v.string())), 'no user pool is asked'),
} as const;

/** A Lambda authorizer of a REST API (https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html). */
export interface LambdaAuthorizer {
  readonly id: string;
  readonly name: string;
  readonly type: 'TOKEN' | 'REQUEST';
  /** As configured; may contain `${stageVariables.name}`. */
  readonly functionArn: string;
  /** The role that invokes the function. Absent: API Gateway. */
  readonly credentials?: string;
  /** For how many seconds an answer is remembered; 0 for not at all. */
  readonly ttlSeconds: number;
  /** Each must have a value, and they are the key of a remembered answer. */
  readonly identitySources: readonly IdentitySource[];
  /** The token must match it. */
  readonly validationExpression?: string;
}

/** Where a request says who sends it: `method.request.header.<name>`, `method.request.querystring.<name>`, `stageVariables.<name>` or `context.<name>`. */
export interface IdentitySource {
  readonly location: 'header' | 'querystring' | 'stageVariables' | 'context';
  readonly name: string;
}

/**
 * Reads an authorizer of a REST API.
 * @returns `undefined` for a user pool, which local AWS does not ask
 * @throws AwsError if a Lambda authorizer names no function, or lacks the identity source that its type or its cache needs
 */
export function readAuthorizer(
  id: string,
  given: Given<v.StrictObjectSchema<typeof authorizerEntries, undefined>>,
): LambdaAuthorizer | undefined {
  const {
    name,
    type,
    authorizerUri = '',
    authorizerResultTtlInSeconds: ttlSeconds,
    identitySource = '',
  } = given;
  if (type === 'COGNITO_USER_POOLS') return undefined;
  const functionArn = lambdaFunctionOf(authorizerUri);
  if (functionArn === undefined) {
    throw badRequest(
      `Invalid Authorizer URI: ${authorizerUri}. It must be arn:aws:apigateway:<region>:lambda:path/2015-03-31/functions/<function ARN>/invocations.`,
    );
  }
  const identitySources = identitySource
    .split(',')
    .map((source) => source.trim())
    .filter((source) => source !== '')
    .map(readIdentitySource);
  // "For the REQUEST authorizer, this is required when authorization caching is enabled."
  if (identitySources.length === 0 && (type === 'TOKEN' || ttlSeconds > 0)) {
    throw badRequest(
      `Invalid request input: IdentitySource is required for ${type === 'TOKEN' ? 'a TOKEN authorizer' : 'a REQUEST authorizer whose results are cached: set it, or AuthorizerResultTtlInSeconds to 0'}.`,
    );
  }
  return defined({
    id,
    name,
    type,
    functionArn,
    credentials: given.authorizerCredentials,
    ttlSeconds,
    identitySources,
    validationExpression: type === 'TOKEN' ? given.identityValidationExpression : undefined,
  });
}

const IDENTITY_SOURCE =
  /^(?:method\.request\.(header|querystring)|(stageVariables|context))\.([\w!#$%&'*+.^`|~-]{1,200})$/;

function readIdentitySource(source: string): IdentitySource {
  const [, ofRequest, other, name] = IDENTITY_SOURCE.exec(source) ?? [];
  const location = ofRequest ?? other;
  if (location === undefined || name === undefined) {
    throw badRequest(
      `Invalid mapping expression specified: ${source}. Use method.request.{header|querystring}.<name>, stageVariables.<name> or context.<name>.`,
    );
  }
  return { location: location as IdentitySource['location'], name };
}
