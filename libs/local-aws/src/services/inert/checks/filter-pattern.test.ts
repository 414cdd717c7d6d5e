import fc from 'fast-check';
import { filterPatternProblem } from './filter-pattern.ts';

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html, in its order
const documented = String.raw`
%AUTHORIZED%
%^[hc]at%
%[hc]at$%
%colou?r%
%[abcx-z]%
%a{3,5}%
%gra|ey%
%^starting|^initializing|^shutting down%
%\[.\]%
%10\.10\.0\.1%
%ab[0-9]*%
%ab+c%
%\d%
%\x28%
ERROR
ERROR ARGUMENTS
?ERROR ?ARGUMENTS
?ERROR ?ARGUMENTS REQUEST
"INTERNAL SERVER ERROR"
ERROR -ARGUMENTS
" "
{ $.eventType = "UpdateTrail" }
{ $.bandwidth > 75 }
{ $.latency < 50 }
{ $.refreshRate >= 60 }
{ $.responseTime <= 5 }
{ $.errorCode = 400}
{ $.errorCode != 500 }
{ $.number[0] = 1e+3 }
{ $.number[0] != 1e-3 }
{ $.sourceIPAddress != 123.123.* }
{ $.arrayKey[0] = "value" }
{ $.eventType = %Trail% }
{ $.arrayKey[*] = %val.{2}% }
{ $.* = %111\.111\.111\.1[0-9]{1,2}% }
{ $.['cluster.name'] = "c" }
{ $.SomeObject IS NULL }
{ $.ThisFlag IS TRUE }
{ $.SomeOtherObject NOT EXISTS }
{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }
{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch" && $.actions[2] = "nonmatch" }
{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch") && $.actions[2] = "nonmatch" }
{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }
{ $.latency = * }
[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]
[..., request =*.html*, status_code = 4*, bytes]
[ip, user, ..., status_code, bytes]
[ip, user, username, timestamp, request =*.html*, status_code = 404 || status_code = 410, bytes]
[ip, user, username, timestamp, request, status_code = 4* && bytes > 1000]
[..., request=*.html*, status_code=4*,]
[w1=ERROR, w2]
[w1=ERROR || w1=WARNING, w2]
[w1!=ERROR && w1!=WARNING, w2]
[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]
[logLevel, date, time, method, url=%/service/resource/[0-9]+/part/[0-9]+$%, response_time]
`
  .trim()
  .split('\n');

// Patterns that people deploy, and whose form the documentation has.
const deployed = [
  '',
  ' ',
  '{$.message = "test"}',
  '{$.kubernetes.namespace_name="abc" && $.kubernetes.container_name="def"}',
  '{ $.detail-type = "Order created" }',
  '{ ($.eventName = ConsoleLogin) && ($.additionalEventData.MFAUsed != "Yes") }',
  '[timestamp=*Z, request_id="*-*", event]',
  '?"Failure" ?"denied" -"Pending"',
  '"Task timed out"',
  '{ $.log = "a \\"quoted\\" text" }',
];

test.each([...documented, ...deployed])('takes the pattern %s', (pattern) => {
  expect(filterPatternProblem(pattern)).toBeUndefined();
});

test.each([
  // https://github.com/jorgebastida/awslogs/issues/210
  ['{ $.callerArn = "arn:*" && $.st', "If a filter pattern starts with '{' it must end with '}'"],
  ['[w1=ERROR, w2', "If a filter pattern starts with '[' it must end with ']'"],
  // https://github.com/dougmoscrop/serverless-plugin-log-subscription/issues/47
  ['[timestamp=*Z && request_id=\u201c*-*\u201c, event]', "Invalid character(s) in term '\u201c'"],
  ['?Status: timeout', "Invalid character(s) in term ':'"],
  ['PlayerSpawned (reason', "Invalid character(s) in term '('"],
  ['{ $.message = "a", $.path = "b" }', "Invalid character(s) in term ','"],
  ['{ $."detail-type" = "a" }', '$. is not expected at its beginning'],
  // https://github.com/ministryofjustice/modernisation-platform-environments/pull/5137
  ['%(alpha|beta)%', "Invalid character(s) in term '('"],
  ['%something!%', "Invalid character(s) in term '!'"],
  ['{ $.a = %caf\u00e9% }', "Invalid character(s) in term '\u00e9'"],
  ['%[unclosed%', 'Invalid regular expression %[unclosed%'],
  // https://github.com/aws/aws-cdk/issues/15047
  ['{ status = "401" }', 'status is not expected at its beginning'],
  ['{ $.status }', 'it ends after $.status, where more is expected'],
  ['{ $.status = }', 'it ends after =, where more is expected'],
  ['{ $.a = 1 && }', 'it ends after &&, where more is expected'],
  ['{ ($.a = 1 }', 'it ends after 1, where more is expected'],
  ['{ $.a = 1 $.b = 2 }', '$.b is not expected after 1'],
  ['{ $.a == 1 }', '= is not expected after ='],
  ['{ $.a IS NOT }', 'NOT is not expected after IS'],
  ['{ $.a EXISTS }', 'EXISTS is not expected after $.a'],
  ['{ $.a > high }', '> needs a number, and has high'],
  ['{ $.a = "open }', 'the text after " is not closed'],
  ['"open', 'The text after " is not closed'],
  ['{ $.*.* = 1 }', 'The filter pattern has 2 wildcard selectors in $.*.*, and may have 1'],
  ['{ $.a = %a% && $.b = %b% && $.c = %c% }', 'The filter pattern has 3 regular expressions, and may have 2'],
  ['[a=%a%, b=%b%, c=%c%]', 'The filter pattern has 3 regular expressions, and may have 2'],
  ['[a=, b]', 'it ends after =, where more is expected'],
  ['a'.repeat(1_025), 'The filter pattern has more than 1024 characters'],
])('refuses %s: %s', (pattern, problem) => {
  expect(filterPatternProblem(pattern)).toContain(problem);
});

const member = fc.constantFrom('$.a', '$.a-b.c_d', '$.list[0].id', "$.['a.b']", '$.list[12]');
const comparison = fc
  .tuple(
    member,
    fc.oneof(
      fc.constantFrom(' IS NULL', ' IS TRUE', ' NOT EXISTS', ' > 1e3', '<=-5', ' = 4*', '!=abc'),
      fc.string().map((text) => ` = ${JSON.stringify(text)}`),
    ),
  )
  .map((parts) => parts.join(''));
const { conditions } = fc.letrec<{ conditions: string }>((tie) => ({
  conditions: fc.oneof(
    { maxDepth: 5 },
    comparison,
    fc
      .tuple(tie('conditions'), fc.constantFrom('&&', ' || '), tie('conditions'))
      .map(([a, sign, b]) => `(${a})${sign}${b}`),
  ),
}));

test('conditions that are built by the rules are taken, and refused without one of their parentheses', () => {
  fc.assert(
    fc.property(conditions, fc.nat(), (text, number) => {
      fc.pre(text.length < 1_000);
      expect(filterPatternProblem(`{ ${text} }`)).toBeUndefined();
      const bare = text.replace(/"(?:[^"\\]|\\.)*"/g, '1');
      const places = [...bare.matchAll(/[()]/g)].map(({ index }) => index);
      fc.pre(places.length > 0);
      const place = places[number % places.length] ?? 0;
      expect(filterPatternProblem(`{ ${bare.slice(0, place)}${bare.slice(place + 1)} }`)).toBeDefined();
    }),
  );
});

test('any text has an answer', () => {
  const text = fc.string({
    unit: fc.constantFrom('{', '}', '[', ']', '%', '"', '$.a', '=', '&&', '(', ')', ' ', ',', '\\'),
  });
  fc.assert(fc.property(text, (any) => ['string', 'undefined'].includes(typeof filterPatternProblem(any))));
});
