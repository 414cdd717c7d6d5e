import type { Credential } from '../core/credential.ts';
import type { AwsRequest } from '../core/request.ts';
import { awsSigningTestSuite, type SigningTestCase } from './aws-signing-test-suite.testing.ts';
import type { SignatureRules } from './outcome.ts';
import { awsRequest, testCredential, testRules } from './signed-requests.testing.ts';
import { authenticate } from './verification.ts';

/** Parses a request of the suite; continuation lines are folded as HTTP's obsolete line folding asks. */
function parse(text: string): AwsRequest {
  const end = text.indexOf('\n\n');
  const [requestLine = '', ...lines] = text.slice(0, end).split('\n');
  const [method = ''] = requestLine.split(' ');
  const target = requestLine.slice(method.length + 1, requestLine.lastIndexOf(' HTTP/'));
  const question = target.indexOf('?');
  const headers: [string, string][] = [];
  for (const line of lines) {
    const last = headers.at(-1);
    if (/^\s/.test(line) && last !== undefined) last[1] += `\n${line}`;
    else headers.push([line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1)]);
  }
  const host = headers.find(([name]) => name === 'host')![1];
  return {
    ...awsRequest({
      method,
      rawPath: question < 0 ? target : target.slice(0, question),
      rawQuery: question < 0 ? '' : target.slice(question + 1),
      body: text.slice(end + 2).replace(/^\n+$/, ''),
    }),
    host,
    headers,
  };
}

describe.each(['header', 'query'] as const)('a signature in the %s', (form) => {
  test.each(awsSigningTestSuite.map((testCase): [string, SigningTestCase] => [testCase.name, testCase]))(
    'is accepted in the case %s of AWS',
    (_name, testCase) => {
      const { sessionToken } = testCase;
      const credential: Credential = { ...testCredential, ...(sessionToken && { sessionToken }) };
      const rules: SignatureRules = {
        ...testRules('service'),
        region: 'us-east-1',
        path: testCase.normalize === false ? 'as-sent' : 'normalize-and-double-encode',
      };
      const clock = { now: () => new Date('2015-08-30T12:36:00Z') };
      const request = parse(testCase[form]);
      expect(authenticate(request, rules, { findCredential: () => credential }, clock)).toMatchObject({
        authenticated: true,
        region: 'us-east-1',
      });
    },
  );
});
