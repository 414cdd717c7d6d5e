import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { substitute } from '../libs/local-aws/src/services/execute-api/responses/variables.ts';
import { projectRoot } from './lib/project.ts';

const template = readFileSync(join(projectRoot, 'services/api/serverless.yml'), 'utf8');
const [format = ''] = /\{"requestId":"\$context\.requestId".*\}/.exec(template) ?? [];

test('a line of the access log is JSON, even for a call without an error and without values for the variables', () => {
  const line = JSON.parse(substitute(format, () => undefined, '-'));
  expect(line).toMatchObject({ requestId: '-', errorType: '-', status: '-' });
});

// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html, without those of authorizers,
// certificates, Cognito, AWS WAF and overrides
const documented = `
accountId apiId awsEndpointRequestId customDomain.basePathMatched domainName domainPrefix error.message error.messageString
error.responseType error.validationErrorString extendedRequestId httpMethod identity.accountId identity.apiKey identity.apiKeyId
identity.caller identity.principalOrgId identity.sourceIp identity.user identity.userAgent identity.userArn integration.error
integration.integrationStatus integration.latency integration.requestId integration.status integrationErrorMessage integrationLatency
integrationStatus path protocol requestId requestTime requestTimeEpoch resourceId resourcePath responseLatency responseLength stage status
wafResponseCode webaclArn xrayTraceId
`
  .trim()
  .split(/\s+/);

test('API Gateway has each variable of the access log: it takes any other one, and logs - for it', () => {
  const used = [...format.matchAll(/\$context\.([\w.]+)/g)].map(([, name]) => name);
  expect(used.filter((name) => !documented.includes(String(name)))).toEqual([]);
  expect(used.length).toBe(format.split('$').length - 1);
});

/** The patterns of the metric filters, and whether a line matches: terms `$.member = "text*"`, joined by `&&`. */
const alarms = readFileSync(join(projectRoot, 'services/api/resources/alarms.yml'), 'utf8');
function matches(metric: string, line: Readonly<Record<string, string>>): boolean {
  const [, pattern = ''] =
    new RegExp(`FilterPattern: '\\{ ([^']*) \\}'[^']*?MetricName: ${metric},`).exec(alarms) ?? [];
  const terms = [...pattern.matchAll(/\$\.(\w+) = "([^"*]*)(\*?)"/g)];
  expect(terms.map(([term]) => term).join(' && ')).toBe(pattern);
  return terms.every(([, member = '', text = '', isPrefix]) =>
    isPrefix ? line[member]?.startsWith(text) : line[member] === text,
  );
}

test('only signed requests count for the alarm: what anybody on the Internet sends does not', () => {
  const line = (values: Readonly<Record<string, string>>) =>
    JSON.parse(substitute(format, (name) => values[name.replace('context.', '')], '-'));
  const callerArn = 'arn:aws:sts::111111111111:assumed-role/depot-dev-invoke/caller';
  const denied = line({
    status: '403',
    'identity.userArn': callerArn,
    'error.responseType': 'ACCESS_DENIED',
  });
  const served = line({ status: '200', 'identity.userArn': callerArn });
  const unsigned = line({ status: '403', 'error.responseType': 'MISSING_AUTHENTICATION_TOKEN' });
  expect([denied, served, unsigned].map((each) => matches('SignedRefusals', each))).toEqual([
    true,
    false,
    false,
  ]);
  expect([denied, served, unsigned].map((each) => matches('SignedRequests', each))).toEqual([
    true,
    true,
    false,
  ]);
});

test('a value that a caller chose cannot break out of its member', () => {
  const hostile = `'x","status":"200\n{' not a valid key=value pair`;
  const line = JSON.parse(substitute(format, () => hostile, '-'));
  expect(new Set(Object.values(line))).toEqual(new Set([hostile]));
});
