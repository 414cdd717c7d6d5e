import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { words } from '../../../core/words.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { authorizationType, authorizerReference } from './authorizers.ts';

/** Why the address type of an API or of a domain name has no effect. */
export const IPV4_ONLY = 'local AWS listens on IPv4 only';

/** A map of strings. */
export const stringMap = v.record(v.string(), v.string());

/** A three-digit status. */
export const statusCode = v.pipe(
  v.string(),
  v.regex(/^[1-5]\d\d$/, 'a status code of three digits, 1xx to 5xx'),
);

/** A time limit of an integration in milliseconds: 50 to `most`. Default: `most`. */
export const timeout = (most: number) =>
  v.optional(
    v.pipe(
      v.number(),
      v.check((value) => value >= 50 && value <= most, `Timeout should be between 50 ms and ${most} ms`),
    ),
    most,
  );

type Uncapitalized<T> = { [Name in keyof T as Uncapitalize<Name & string>]: T[Name] };

/** Template properties in the spelling of API Gateway's API: `StatusCode` becomes `statusCode`. Omits absent properties. */
export function uncapitalized<T extends object>(properties: T) {
  const entries = Object.entries(properties);
  const renamed = entries.map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]);
  return defined(Object.fromEntries(renamed) as Uncapitalized<T>);
}

/** The properties that a schema reads, {@link uncapitalized}. */
export type Given<Schema extends v.GenericSchema<unknown, object>> = ReturnType<
  typeof uncapitalized<v.InferOutput<Schema>>
>;

/** The schema of a structure in a template. Its output is {@link uncapitalized}. */
export const structure = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(
    v.strictObject(entries),
    v.transform((properties) => uncapitalized(properties)),
  );

/** A property that local AWS refuses. @param what its purpose, or an alternative */
export const unsupported = (what: string) => v.optional(v.never(`not supported by local AWS: ${what}`));

/** A switch for a feature that local AWS does not support. It must be off. */
export const off = (what: string) =>
  v.optional(v.literal(false, `local AWS has no ${what}: leave it out of the local stage`));

/** ARNs of roles. */
export const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/.{1,600}$/;

/** Whether an ARN means the caller's credentials: `arn:aws:iam::*:user/*`, which AWS's documentation also writes with backslashes. */
export function isCaller(arn: string): boolean {
  return /^arn:aws[a-z-]*:iam::\\?\*:user\/\\?\*$/.test(arn);
}

/** The role in an integration's credentials, if any. A caller that creates the integration must be allowed to pass the role. */
export function integrationRole(arn: string | undefined): string | undefined {
  return arn === undefined || isCaller(arn) ? undefined : arn;
}

const contentHandling = withoutEffect(
  v.optional(v.picklist(['CONVERT_TO_TEXT', 'CONVERT_TO_BINARY'])),
  'bodies are not converted to binary data',
  'CONVERT_TO_TEXT',
);

const integrationProperties = structure({
  Type: v.picklist(
    ['AWS_PROXY', 'MOCK'],
    ({ input }) => `local AWS does not support Integration type ${input}: use AWS_PROXY or MOCK.`,
  ),
  Uri: v.optional(v.string()),
  IntegrationHttpMethod: v.optional(v.string()),
  /** A role that API Gateway assumes, or the caller's credentials. Without it, the function's policy must allow API Gateway. */
  Credentials: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (arn) => isCaller(arn) || ROLE_ARN.test(arn),
        "Invalid ARN specified in the request: Credentials must be the ARN of a role, or arn:aws:iam::*:user/* for the caller's own",
      ),
    ),
  ),
  TimeoutInMillis: timeout(29_000),
  PassthroughBehavior: v.optional(
    v.picklist(['WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER']),
    'WHEN_NO_MATCH',
  ),
  ContentHandling: contentHandling,
  ConnectionType: v.optional(v.literal('INTERNET')),
  RequestParameters: v.optional(stringMap, {}),
  RequestTemplates: v.optional(stringMap, {}),
  IntegrationResponses: v.optional(
    v.array(
      structure({
        StatusCode: statusCode,
        SelectionPattern: v.optional(v.string()),
        ContentHandling: contentHandling,
        ResponseParameters: v.optional(stringMap, {}),
        ResponseTemplates: v.optional(stringMap, {}),
      }),
    ),
    [],
  ),
});

const requirements = v.optional(v.record(v.string(), v.boolean()), {});
const models = v.optional(v.record(v.string(), v.string()), {});

/** The properties of `AWS::ApiGateway::Method`, without the IDs of its API and path. */
export const methodEntries = {
  HttpMethod: v.picklist(['ANY', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']),
  AuthorizationType: authorizationType('', ['CUSTOM', 'COGNITO_USER_POOLS'], ['CUSTOM']),
  ...authorizerReference,
  ApiKeyRequired: off('API keys and usage plans'),
  OperationName: v.optional(v.string()),
  RequestParameters: requirements,
  RequestModels: models,
  RequestValidatorId: v.optional(v.string()),
  MethodResponses: v.optional(
    v.array(
      structure({
        StatusCode: statusCode,
        ResponseParameters: requirements,
        ResponseModels: models,
      }),
    ),
    [],
  ),
  Integration: v.optional(integrationProperties),
} as const;

/** A method in a document of OpenAPI, whose authorizers are not imported. */
export const methodProperties = structure({ ...methodEntries, AuthorizationType: authorizationType('', []) });

/** A method as a template or a document describes it. */
export type MethodProperties = v.InferOutput<typeof methodProperties>;

/** An integration as a template or a document describes it. */
export type IntegrationProperties = v.InferOutput<typeof integrationProperties>;

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html */
const responseTypes = words(
  `ACCESS_DENIED API_CONFIGURATION_ERROR AUTHORIZER_CONFIGURATION_ERROR AUTHORIZER_FAILURE BAD_REQUEST_BODY BAD_REQUEST_PARAMETERS
   DEFAULT_4XX DEFAULT_5XX EXPIRED_TOKEN INTEGRATION_FAILURE INTEGRATION_TIMEOUT INVALID_API_KEY INVALID_SIGNATURE
   MISSING_AUTHENTICATION_TOKEN QUOTA_EXCEEDED REQUEST_TOO_LARGE RESOURCE_NOT_FOUND THROTTLED UNAUTHORIZED UNSUPPORTED_MEDIA_TYPE
   WAF_FILTERED`,
);

/** The properties of `AWS::ApiGateway::GatewayResponse`, without the ID of its API. */
export const gatewayResponseEntries = {
  ResponseType: v.picklist(
    responseTypes,
    ({ input }) => `Invalid response type ${input}. Must be one of: [${responseTypes.join(', ')}]`,
  ),
  StatusCode: v.optional(v.pipe(statusCode, v.transform(Number))),
  ResponseParameters: v.optional(stringMap, {}),
  ResponseTemplates: v.optional(stringMap, {}),
} as const;

/** A gateway response in a document of OpenAPI. */
export const gatewayResponseProperties = structure(gatewayResponseEntries);

/**
 * A customized gateway response. Its parameters are named `gatewayresponse.header.<Name>`. Their values are a quoted static value,
 * `method.request.…`, `context.…` or `stageVariables.…`. In its templates, `$context.…` and `$stageVariables.…` are substituted.
 */
export type CustomGatewayResponse = v.InferOutput<typeof gatewayResponseProperties>;
