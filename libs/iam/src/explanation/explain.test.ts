import {
  A,
  apiGateway,
  assume,
  B,
  caller,
  denyInvoke,
  external,
  identity,
  invoke,
  invokeRoute,
  mayAssume,
  policies,
  session,
  trust,
} from '../authorization.testing.ts';
import { decide } from '../decision/authorizer.ts';
import { explain, explainChange } from './explain.ts';
import { smallestChange } from './remedy.ts';

test('a denial is explained by the request, the condition keys that policies ask for, and the nearest statement', () => {
  const asked = assume(caller, [trust({ AWS: B }, external)], { 'sts:ExternalId': 'b' });
  const text = explain(decide(asked, policies(identity(mayAssume)))).join('\n');
  expect(text).toContain('no role trust policy allows it');
  expect(text).toContain(`on   arn:aws:iam::${A}:role/invoke`);
  expect(text).toContain('sts:ExternalId = b');
  expect(text).toContain('✘ condition StringEquals sts:ExternalId: expected "a", got "b"');
});

test('each condition that the nearest statement has and the request does not meet is named', () => {
  const conditions = { Condition: { StringEquals: { 'sts:ExternalId': 'a', 'aws:PrincipalOrgID': 'o-1' } } };
  const asked = assume(caller, [trust({ AWS: B }, conditions)], { 'sts:ExternalId': 'b' });
  const text = explain(decide(asked, policies(identity(mayAssume)))).join('\n');
  expect(text).toContain('✘ condition StringEquals sts:ExternalId');
  expect(text).toContain('✘ condition StringEquals aws:PrincipalOrgID');
});

test('an explicit denial names the statement that denies', () => {
  const text = explain(decide(invoke(session()), policies(identity(invokeRoute, denyInvoke)))).join('\n');
  expect(text).toContain('a policy denies it');
  expect(text).toContain('denied by statement No of identity');
});

test('an allowed request is explained by the statements that allow it, and needs no change', () => {
  const decision = decide(invoke(session()), policies(identity(invokeRoute)));
  expect(explain(decision)).toEqual(['allowed', '  by statement Invoke of identity (identity-based policy)']);
  expect(explainChange(smallestChange(decision))).toEqual([]);
});

test('a role that does not exist is reported as missing, and no change of a policy is proposed', () => {
  const { resourcePolicy: _, ...asked } = assume(caller, []);
  const decision = decide(asked, policies(identity(mayAssume)));
  expect(explain(decision)[0]).toBe('there is no such role');
  expect(explainChange(smallestChange(decision)).join(' ')).toContain('The role does not exist');
});

test('several changes are numbered, and each says where it goes', () => {
  const asked = assume(caller, [trust({ Service: 'lambda.amazonaws.com' })], { 'sts:ExternalId': 'a' });
  const lines = explainChange(smallestChange(decide(asked, policies())));
  expect(lines.filter((line) => /^ {2}\d\. add to/.test(line))).toHaveLength(2);
});

test('a service that has no permission is explained like any other principal', () => {
  const text = explain(decide(invoke(apiGateway), policies())).join('\n');
  expect(text).toContain('who  apigateway.amazonaws.com');
  expect(text).toContain('there is no resource-based policy');
});

test('the palette highlights the verdict and the text to copy', () => {
  const mark = (name: string) => (text: string) => `<${name}>${text}</${name}>`;
  const palette = { allowed: mark('a'), denied: mark('d'), strong: mark('s'), faint: mark('f') };
  const decision = decide(invoke(session()), policies());
  expect(explain(decision, { palette })[0]).toBe('<s>no identity-based policy allows it</s>');
  expect(explainChange(smallestChange(decision), { palette }).join('\n')).toContain(
    '<a>  "Effect": "Allow",</a>',
  );
});
