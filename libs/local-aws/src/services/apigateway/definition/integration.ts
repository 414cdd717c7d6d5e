import { wildcardMatcher } from '@cross-account-api/iam';
import { defined } from '../../../core/defined.ts';
import type { AwsError } from '../../../core/errors.ts';
import { TimeLimitError, withinTime } from '../../../core/within-time.ts';
import { badRequest } from './errors.ts';
import { type IntegrationProperties, isCaller, type MethodProperties } from './properties.ts';

type MethodResponses = MethodProperties['methodResponses'];

/** The integration of a method: a function, or a mock. */
export type Integration = ReturnType<typeof lambdaProxy> | MockIntegration;

/** A response without a backend (`MOCK`). */
export type MockIntegration = ReturnType<typeof mock>;

/** Selects from templates by content type: the template for JSON or, without one, the first. */
export function preferredTemplate(
  templates: Readonly<Record<string, string>>,
): readonly [contentType: string, template?: string] {
  const entries = Object.entries(templates);
  return entries.find(([type]) => type === 'application/json') ?? entries[0] ?? ['application/json'];
}

const LAMBDA_URI =
  /^arn:aws[a-z-]*:apigateway:[\w-]+:lambda:path\/2015-03-31\/functions\/(arn:aws[a-z-]*:lambda:[\w-]+:\d{12}:function:.{0,1000})\/invocations$/;

/** The ARN of the function in an integration's URI; `undefined` if the URI names no function. */
export function lambdaFunctionOf(uri: string): string | undefined {
  return LAMBDA_URI.exec(uri)?.[1];
}

/** Checks an integration, and compiles it for the data plane. */
export function readIntegration(properties: IntegrationProperties, methodResponses: MethodResponses) {
  const { integrationHttpMethod, integrationResponses, ...others } = properties;
  return {
    integration: properties.type === 'MOCK' ? mock(properties, methodResponses) : lambdaProxy(properties),
    /** As API Gateway's API shows it. */
    methodIntegration: {
      ...others,
      httpMethod: integrationHttpMethod,
      integrationResponses: Object.fromEntries(
        integrationResponses.map((response) => [response.statusCode, response]),
      ),
    },
  };
}

function lambdaProxy(properties: IntegrationProperties) {
  const { uri = '', integrationHttpMethod: httpMethod, timeoutInMillis, credentials } = properties;
  const functionArn = lambdaFunctionOf(uri);
  if (functionArn === undefined) {
    throw badRequest(
      `Invalid ARN specified in the request: ${uri}. local AWS has AWS_PROXY integrations with Lambda functions only: arn:aws:apigateway:<region>:lambda:path/2015-03-31/functions/<function ARN>/invocations.`,
    );
  }
  if (httpMethod !== 'POST') {
    throw badRequest(
      `An AWS_PROXY integration needs IntegrationHttpMethod POST, not ${httpMethod ?? '(absent)'}: Lambda answers no other.`,
    );
  }
  if (Object.keys(properties.requestParameters).length > 0) {
    throw unsupportedError('Integration RequestParameters', 'read what you need from the proxy event');
  }
  return {
    type: 'AWS_PROXY' as const,
    functionArn,
    timeoutInMillis,
    ...(credentials !== undefined && { credentials: isCaller(credentials) ? 'caller' : credentials }),
  };
}

function mock(
  { requestTemplates, passthroughBehavior, integrationResponses }: IntegrationProperties,
  methodResponses: MethodResponses,
) {
  for (const template of Object.values(requestTemplates)) assertStatic(template);
  const responses = integrationResponses.map((response) => mockResponse(response, methodResponses));
  return { type: 'MOCK' as const, requestTemplates, passthroughBehavior, responses };
}

function mockResponse(
  response: IntegrationProperties['integrationResponses'][number],
  methodResponses: MethodResponses,
) {
  const { statusCode, selectionPattern, responseTemplates, responseParameters } = response;
  const declared = methodResponses
    .filter((each) => each.statusCode === statusCode)
    .flatMap((each) => Object.keys(each.responseParameters).map((name) => name.toLowerCase()));
  const headers = Object.entries(responseParameters).map(([parameter, value]) =>
    staticHeader(parameter, value, declared),
  );
  const [contentType, template = ''] = preferredTemplate(responseTemplates);
  const allowedOrigins = allowedOriginsOf(template);
  if (allowedOrigins === undefined) assertStatic(template);
  return {
    statusCode: Number(statusCode),
    headers: Object.fromEntries(headers),
    contentType,
    body: allowedOrigins === undefined ? template : '',
    ...defined({
      /** For preflight responses with several allowed origins: the response has the matching one. */
      allowedOrigins,
      /** The status codes of the integration that select this response; absent in the default response. */
      selectedBy: selectionPattern ? selectedCodes(selectionPattern) : undefined,
    }),
  };
}

function staticHeader(parameter: string, value: string, declared: readonly string[]): [string, string] {
  const name = /^method\.response\.header\.([\w!#$%&'*+.^`|~-]+)$/.exec(parameter)?.[1];
  if (name === undefined || !declared.includes(parameter.toLowerCase())) {
    throw badRequest(
      `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: ${parameter}]`,
    );
  }
  const literal = /^'([^']*)'$/.exec(value)?.[1];
  if (literal === undefined) {
    throw unsupportedError(
      `the mapping ${parameter} = ${value}`,
      "use a static value in single quotes ('*')",
    );
  }
  return [name, literal];
}

/** Longer than a pattern for status codes needs, on a busy machine too. */
const MOST_MS_FOR_CODES = 1_000;
const statusCodes = Array.from({ length: 1_000 }, (_, code) => String(code).padStart(3, '0'));

/** The status codes that a selection pattern matches, found once. */
function selectedCodes(pattern: string): ReadonlySet<string> {
  try {
    return withinTime(MOST_MS_FOR_CODES, () => {
      const expression = new RegExp(`^(?:${pattern})$`);
      return new Set(statusCodes.filter((code) => expression.test(code)));
    });
  } catch (error) {
    const why =
      error instanceof TimeLimitError
        ? `local AWS ended it after ${MOST_MS_FOR_CODES} ms. Write a simpler one, such as 4\\d{2}`
        : 'not a regular expression';
    throw badRequest(`Invalid selection pattern ${pattern.slice(0, 200)}: ${why}.`);
  }
}

/** Refuses mapping templates with Velocity expressions: local AWS does not evaluate them. */
function assertStatic(template: string): void {
  if (/[$#][a-z{!*]/i.test(template)) {
    throw unsupportedError(
      `the mapping template ${JSON.stringify(template.slice(0, 80))}`,
      'use a template without Velocity expressions ($… and #…)',
    );
  }
}

function unsupportedError(what: string, remedy: string): AwsError {
  return badRequest(`local AWS does not support ${what}: ${remedy}.`);
}

const PRELIMINARIES =
  /^#set\(\$origin = \$input\.params\("Origin"\)\)\s+#if\(\$origin == ""\) #set\(\$origin = \$input\.params\("origin"\)\) #end\s+#if\((.{1,20000})\)\s+#set\(\$context\.responseOverride\.header\.Access-Control-Allow-Origin = \$origin\) #end\s*$/s;
const MATCH = /^\$origin\.matches\("([^"\\]{1,500})"\)$/;

/** Allowed origins in the template that the Serverless Framework makes for `cors: { origins: [...] }`; `undefined` for others. */
function allowedOriginsOf(template: string): readonly ((origin: string) => boolean)[] | undefined {
  const conditions = PRELIMINARIES.exec(template)?.[1]?.split(' || ');
  if (conditions === undefined) return undefined;
  const matchers: ((origin: string) => boolean)[] = [];
  for (const condition of conditions) {
    const pattern = MATCH.exec(condition)?.[1];
    if (pattern === undefined || /[*?]/.test(pattern)) return undefined;
    matchers.push(wildcardMatcher(translate(pattern)));
  }
  return matchers;
}

/** The framework writes `[.]` for a dot and `.+` for `*`. Everything else is literal. */
function translate(pattern: string): string {
  return pattern.replace(/\[\.\]|\.\+/g, (part) => (part === '[.]' ? '.' : '?*'));
}
