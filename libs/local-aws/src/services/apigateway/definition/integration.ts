import { AwsError } from '../../../core/errors.ts';
import type { Integration, MockIntegration, MockResponse } from '../deployed-api.ts';
import { allowedOriginsOf } from './cors-template.ts';

/** An integration as its owner writes it, in CloudFormation's or the API's spelling after translation. */
export interface IntegrationSettings {
  readonly type: string;
  readonly uri?: string;
  readonly integrationHttpMethod?: string;
  readonly credentials?: string;
  readonly timeoutInMillis?: number;
  readonly passthroughBehavior?: string;
  readonly contentHandling?: string;
  readonly requestParameters: Readonly<Record<string, string>>;
  readonly requestTemplates: Readonly<Record<string, string>>;
  readonly responses: readonly IntegrationResponseSettings[];
}

/** A response of a `MOCK` integration. */
export interface IntegrationResponseSettings {
  readonly statusCode: string;
  readonly selectionPattern?: string;
  readonly responseParameters: Readonly<Record<string, string>>;
  readonly responseTemplates: Readonly<Record<string, string>>;
}

/** An integration as `GetIntegration` shows it. */
export type IntegrationDocument = Readonly<Record<string, unknown>>;

const DEFAULT_TIMEOUT_MS = 29_000;
const LAMBDA_URI =
  /^arn:[\w-]+:apigateway:[\w-]+:lambda:path\/2015-03-31\/functions\/(arn:.{1,1000})\/invocations$/;
const PASSTHROUGH = ['WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER'] as const;

/**
 * Checks an integration and compiles it to what the data plane runs.
 * @param declaredHeaders headers that the method's responses declare, by status code
 * @throws AwsError `BadRequestException` for what is wrong, or what local AWS does not have: it names it
 */
export function compileIntegration(
  settings: IntegrationSettings,
  declaredHeaders: ReadonlyMap<string, ReadonlySet<string>>,
): Integration {
  if (settings.credentials !== undefined) {
    throw unsupported(
      `Integration Credentials ${settings.credentials}`,
      'grant API Gateway the invocation with an AWS::Lambda::Permission',
    );
  }
  switch (settings.type) {
    case 'AWS_PROXY':
      return lambdaProxy(settings);
    case 'MOCK':
      return mock(settings, declaredHeaders);
    case 'AWS':
    case 'HTTP':
    case 'HTTP_PROXY':
      throw unsupported(`Integration type ${settings.type}`, 'use AWS_PROXY or MOCK');
    default:
      throw new AwsError(
        'BadRequestException',
        `Enumeration value for IntegrationType must be non-empty and one of AWS, AWS_PROXY, HTTP, HTTP_PROXY, MOCK: ${settings.type}`,
      );
  }
}

function lambdaProxy(settings: IntegrationSettings): Integration {
  const uri = settings.uri ?? '';
  if (!/^arn:[\w-]+:apigateway:[\w-]+:/.test(uri)) {
    throw new AwsError('BadRequestException', 'Invalid ARN specified in the request');
  }
  if (!/^arn:[\w-]+:apigateway:[\w-]+:[\w-]+:(path|action)\//.test(uri)) {
    throw new AwsError('BadRequestException', 'AWS ARN for integration must contain path or action');
  }
  const functionArn = LAMBDA_URI.exec(uri)?.[1];
  if (functionArn === undefined || !/^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:/.test(functionArn)) {
    throw new AwsError(
      'BadRequestException',
      "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
    );
  }
  if (settings.integrationHttpMethod !== 'POST') {
    throw new AwsError(
      'BadRequestException',
      `An AWS_PROXY integration needs IntegrationHttpMethod POST, not ${settings.integrationHttpMethod ?? '(absent)'}: Lambda answers no other.`,
    );
  }
  if (Object.keys(settings.requestParameters).length > 0) {
    throw unsupported('Integration RequestParameters', 'read what you need from the proxy event');
  }
  const timeoutInMillis = settings.timeoutInMillis ?? DEFAULT_TIMEOUT_MS;
  if (!(timeoutInMillis >= 50 && timeoutInMillis <= 29_000)) {
    throw new AwsError('BadRequestException', 'Timeout should be between 50 ms and 29000 ms');
  }
  return { type: 'AWS_PROXY', functionArn, timeoutInMillis };
}

function mock(
  settings: IntegrationSettings,
  declaredHeaders: ReadonlyMap<string, ReadonlySet<string>>,
): MockIntegration {
  const passthroughBehavior =
    PASSTHROUGH.find((behavior) => behavior === settings.passthroughBehavior) ?? 'WHEN_NO_MATCH';
  for (const template of Object.values(settings.requestTemplates)) assertStatic(template);
  return {
    type: 'MOCK',
    requestTemplates: settings.requestTemplates,
    passthroughBehavior,
    responses: settings.responses.map((response) => mockResponse(response, declaredHeaders)),
  };
}

function mockResponse(
  response: IntegrationResponseSettings,
  declaredHeaders: ReadonlyMap<string, ReadonlySet<string>>,
): MockResponse {
  if (!/^[1-5]\d\d$/.test(response.statusCode)) {
    throw new AwsError(
      'BadRequestException',
      `Invalid status code ${response.statusCode}: three digits, 1xx to 5xx.`,
    );
  }
  const headers: Record<string, string> = {};
  for (const [parameter, value] of Object.entries(response.responseParameters)) {
    const name = /^method\.response\.header\.([\w!#$%&'*+.^`|~-]+)$/.exec(parameter)?.[1];
    if (name === undefined || !declaredHeaders.get(response.statusCode)?.has(name.toLowerCase())) {
      throw new AwsError(
        'BadRequestException',
        `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: ${parameter}]`,
      );
    }
    const literal = /^'([^']*)'$/.exec(value)?.[1];
    if (literal === undefined) {
      throw unsupported(`the mapping ${parameter} = ${value}`, "use a static value in single quotes ('*')");
    }
    headers[name] = literal;
  }
  const [contentType = 'application/json', template = ''] =
    Object.entries(response.responseTemplates).find(([type]) => type === 'application/json') ??
    Object.entries(response.responseTemplates)[0] ??
    [];
  const allowedOrigins = allowedOriginsOf(template);
  if (allowedOrigins === undefined) assertStatic(template);
  return {
    statusCode: Number(response.statusCode),
    headers,
    contentType,
    body: allowedOrigins === undefined ? template : '',
    ...(allowedOrigins === undefined ? {} : { allowedOrigins }),
    ...(response.selectionPattern === undefined || response.selectionPattern === ''
      ? {}
      : { selectionPattern: compilePattern(response.selectionPattern) }),
  };
}

function compilePattern(pattern: string): RegExp {
  // Matched against a status code of three digits only, so that no pattern can take long.
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    throw new AwsError(
      'BadRequestException',
      `Invalid selection pattern ${pattern}: not a regular expression.`,
    );
  }
}

/** Mapping templates are written in Velocity; local AWS takes those that contain nothing to evaluate. */
function assertStatic(template: string): void {
  if (/[$#][a-z{!*]/i.test(template)) {
    throw unsupported(
      `the mapping template ${JSON.stringify(template.slice(0, 80))}`,
      'use a template without Velocity expressions ($… and #…)',
    );
  }
}

function unsupported(what: string, remedy: string): AwsError {
  return new AwsError('BadRequestException', `local AWS does not support ${what}: ${remedy}.`);
}
