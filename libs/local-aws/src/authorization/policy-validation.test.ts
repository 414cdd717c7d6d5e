import fc from 'fast-check';
import type { RawStatement } from './authorization.testing.ts';
import { type PolicyDocumentKind, validatePolicy } from './policy-validation.ts';

const bucket = 'arn:aws:s3:::bucket';
const statement: RawStatement = { Effect: 'Allow', Action: 's3:ListBucket', Resource: bucket };
const of = (...statements: unknown[]) => ({ Version: '2012-10-17', Statement: statements });
const changed = (more: RawStatement) => of({ ...statement, ...more });
const without = (...keys: string[]) =>
  of(Object.fromEntries(Object.entries(statement).filter(([key]) => !keys.includes(key))));

const syntax = 'Syntax errors in policy.';
const version = 'Policy document must be version 2012-10-17 or greater.';
const legacy = 'The policy failed legacy parsing';
const vendor = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.';

describe('identity-based policies', () => {
  test.each<[string, string | object, string]>([
    ['no JSON', 'not JSON', syntax],
    ['a list', [], syntax],
    ['JSON null', 'null', syntax],
    ['no statement', { Version: '2012-10-17' }, syntax],
    ['no statements', of(), syntax],
    ['a statement that is no object', of('x'), syntax],
    ['an unknown element', { ...of(statement), Extra: 1 }, syntax],
    ['an unknown element in a statement', changed({ Extra: 1 }), syntax],
    ['Id that is no string', { ...of(statement), Id: {} }, syntax],
    ['Sid that is no string', changed({ Sid: {} }), syntax],
    ['no version', { Statement: statement }, version],
    ['the older version', { ...of(statement), Version: '2008-10-17' }, version],
    ['a version that never was', { ...of(statement), Version: '2013-10-17' }, syntax],
    ['no effect', without('Effect'), syntax],
    ['an effect that is none', changed({ Effect: 'maybe' }), syntax],
    ['an effect in another case', changed({ Effect: 'allow' }), legacy],
    ['no version, effect in another case', { Statement: { ...statement, Effect: 'allow' } }, version],
    ['a principal', changed({ Principal: '*' }), 'Policy document should not specify a principal.'],
    [
      'a Sid with a space',
      changed({ Sid: 'a b' }),
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    ],
    [
      'one Sid twice',
      of({ ...statement, Sid: 'a' }, { Sid: 'a', Effect: 'Allow' }),
      'Statement IDs (SID) in a single policy must be unique.',
    ],
    ['no action', without('Action'), 'Policy statement must contain actions.'],
    ['no actions', changed({ Action: [] }), 'Policy statement must contain actions.'],
    ['neither action nor resource', without('Action', 'Resource'), 'Policy statement must contain actions.'],
    ['action and NotAction', changed({ NotAction: 's3:*' }), syntax],
    ['an action that is no string', changed({ Action: 1 }), syntax],
    ['an action without a service', changed({ Action: 'ListBucket' }), vendor],
    ['an empty NotAction', of({ Effect: 'Allow', NotAction: '', Resource: '*' }), vendor],
    ['an action with a strange service', changed({ Action: 'a a:ListBucket' }), 'Vendor a a is not valid'],
    ['a space before an action', changed({ Action: ' s3:ListBucket' }), 'Vendor  s3 is not valid'],
    [
      'an action with two colons',
      changed({ Action: 's3:List:Bucket' }),
      'Actions/Condition can contain only one colon.',
    ],
    ['no resource', without('Resource'), 'Policy statement must contain resources.'],
    ['no resources', changed({ Resource: [] }), 'Policy statement must contain resources.'],
    ['resource and NotResource', changed({ NotResource: '*' }), syntax],
    [
      'a resource that is no ARN',
      changed({ Resource: 'bucket' }),
      'Resource bucket must be in ARN format or "*".',
    ],
    ['an empty resource', changed({ Resource: '' }), 'Resource  must be in ARN format or "*".'],
    [
      'resource before action',
      changed({ Action: 'x', Resource: 'bucket' }),
      'Resource bucket must be in ARN format or "*".',
    ],
    [
      'an ARN of another partition',
      changed({ Resource: 'arn:red:s3:::b' }),
      'Partition "red" is not valid for resource "arn:red:s3:::b".',
    ],
    [
      'an ARN without its start',
      changed({ Resource: 'aws:s3:::b' }),
      'Partition "s3" is not valid for resource "arn:s3:::b:*".',
    ],
    [
      'an ARN without a service',
      changed({ Resource: 'arn:aws' }),
      'Resource vendor must be fully qualified and cannot contain regexes.',
    ],
    ['an ARN that stops short', changed({ Resource: 'arn:aws:s3::b' }), legacy],
    ['an ARN of no service', changed({ Resource: 'arn:aws::::b' }), legacy],
    [
      'a bucket with a region',
      changed({ Resource: 'arn:aws:s3:us-east-1::b' }),
      'Resource arn:aws:s3:us-east-1::b can not contain region information.',
    ],
    [
      'a role with a region',
      changed({ Resource: 'arn:aws:iam:us-east-1::role/a' }),
      'IAM resource arn:aws:iam:us-east-1::role/a cannot contain region information.',
    ],
    [
      'IAM has no such resource',
      changed({ Resource: 'arn:aws:iam::1:thing/a' }),
      'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.',
    ],
    ['a condition that is a list', changed({ Condition: [] }), syntax],
    ['a condition without keys', changed({ Condition: { StringEquals: 'a' } }), syntax],
    ['a condition without an operator', changed({ Condition: { 'aws:username': 'a' } }), syntax],
    ['an unknown operator', changed({ Condition: { StringIs: { 'aws:username': 'a' } } }), syntax],
    ['a date that is none', changed({ Condition: { DateLessThan: { 'aws:CurrentTime': 'soon' } } }), legacy],
    ['a date that is an object', changed({ Condition: { DateLessThan: { 'aws:CurrentTime': {} } } }), syntax],
  ])('%s', (_, document, message) => {
    expect(validatePolicy(document, 'identity')[0]).toBe(message);
  });

  test.each<[string, string | object]>([
    ['JSON text', JSON.stringify(of(statement))],
    ['one statement, not in a list', { Version: '2012-10-17', Statement: statement }],
    ['NotAction and NotResource', of({ Effect: 'Deny', NotAction: 'iam:*', NotResource: [bucket] })],
    ['everything', of({ Effect: 'Allow', Action: '*', Resource: '*' })],
    ['a shortened ARN', changed({ Resource: 'arn:aws:logs' })],
    ['any partition', changed({ Resource: 'arn:*:s3:::b' })],
    ['a route of any API', changed({ Resource: 'arn:aws:execute-api:us-east-1:111111111111:*/prod/GET/a' })],
    ['an action that ends in a space, which matches nothing', changed({ Action: 's3:ListBucket ' })],
    ['an action that does not exist', changed({ Action: 'nothing:AtAll' })],
    [
      'conditions of every shape',
      changed({
        Condition: {
          Bool: { 'aws:SecureTransport': true },
          'ForAnyValue:StringLikeIfExists': { 'aws:TagKeys': ['a', 'b'] },
          NumericLessThan: { 's3:max-keys': 10 },
          DateLessThan: { 'aws:CurrentTime': ['2026-01-01T00:00:00Z', '1767225600'] },
          StringEquals: {},
        },
      }),
    ],
    [
      'one statement without a Sid, two with',
      of(statement, { ...statement, Sid: 'a' }, { ...statement, Sid: 'b' }),
    ],
  ])('valid: %s', (_, document) => {
    expect(validatePolicy(document, 'identity')).toEqual([]);
  });
});

describe('trust policies', () => {
  const trust: RawStatement = {
    Effect: 'Allow',
    Principal: { AWS: '111111111111' },
    Action: 'sts:AssumeRole',
  };
  const but = (more: RawStatement) => of({ ...trust, ...more });
  const only = 'AssumeRole policy may only specify STS AssumeRole actions.';
  test.each<[string, string | object, string | undefined]>([
    ['valid', of(trust), undefined],
    ['valid, older version', { Version: '2008-10-17', Statement: [trust] }, undefined],
    [
      'valid, more actions',
      but({ Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'] }),
      undefined,
    ],
    ['valid, service', but({ Principal: { Service: ['lambda.amazonaws.com'] } }), undefined],
    [
      'valid, everyone on a condition',
      but({ Principal: { AWS: '*' }, Condition: { StringEquals: { 'sts:ExternalId': 'a' } } }),
      undefined,
    ],
    ['no JSON', '{', 'This policy contains invalid Json'],
    [
      'another version',
      { Version: '1', Statement: [trust] },
      'The policy must contain a valid version string',
    ],
    ['no statements', of(), 'Could not parse the policy: Statement is empty!'],
    ['no effect', of({ Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }), 'Missing required field Effect'],
    ['a wrong effect', but({ Effect: 'Maybe' }), 'Invalid effect: Maybe'],
    ['no principal', of({ Effect: 'Allow', Action: 'sts:AssumeRole' }), 'Missing required field Principal'],
    [
      'a principal without entries',
      but({ Principal: {} }),
      'Missing required field Principal cannot be empty!',
    ],
    ['a principal that is a string', but({ Principal: '*' }), 'Principal must be a JSON object.'],
    [
      'NotPrincipal',
      of({ Effect: 'Allow', NotPrincipal: { AWS: '*' }, Action: 'sts:AssumeRole' }),
      'Allow with NotPrincipal is not allowed.',
    ],
    ['no action', of({ Effect: 'Allow', Principal: { AWS: '*' } }), 'Missing required field Action'],
    ['every action', but({ Action: '*' }), only],
    ["another service's action", but({ Action: ['sts:AssumeRole', 's3:GetObject'] }), only],
    ['a resource', but({ Resource: '*' }), 'Has prohibited field Resource'],
    ['NotResource', but({ NotResource: '*' }), 'AssumeRole policy must not contain resources.'],
    [
      'one Sid twice',
      of({ ...trust, Sid: 'a' }, { ...trust, Sid: 'a' }),
      'The Statement Ids in the policy are not unique',
    ],
    [
      'an unknown operator',
      but({ Condition: { StringIs: { 'sts:ExternalId': 'a' } } }),
      'Syntax error in policy.',
    ],
  ])('%s', (_, document, message) => {
    expect(validatePolicy(document, 'trust')[0]).toBe(message);
  });
});

describe('other kinds', () => {
  test.each<[string, PolicyDocumentKind, string | object, string | undefined]>([
    ['session policy, valid', 'session', of(statement), undefined],
    [
      'session policy with a principal',
      'session',
      changed({ Principal: '*' }),
      'Policy document should not specify a principal.',
    ],
    [
      'service control policy, valid',
      'service control',
      of({ Effect: 'Deny', NotAction: 'iam:*', Resource: '*' }),
      undefined,
    ],
    [
      'service control policy with a principal',
      'service control',
      changed({ Principal: '*' }),
      'Policy document should not specify a principal.',
    ],
    [
      'resource policy, valid',
      'resource',
      changed({ Principal: '*', Resource: 'execute-api:/prod/*' }),
      undefined,
    ],
    ['resource policy without a principal', 'resource', of(statement), 'Missing required field Principal'],
    ['resource policy that is no JSON', 'resource', '{', 'The policy is not in the valid JSON format.'],
  ])('%s', (_, kind, document, message) => {
    expect(validatePolicy(document, kind)[0]).toBe(message);
  });

  test('whatever JSON comes, there is an answer', () => {
    const kinds = fc.constantFrom<PolicyDocumentKind>(
      'identity',
      'trust',
      'resource',
      'session',
      'service control',
      'resource control',
    );
    fc.assert(
      fc.property(fc.json(), kinds, (text, kind) => {
        expect(validatePolicy(text, kind)).not.toEqual([]);
        expect(validatePolicy(`{"Version":"2012-10-17","Statement":${text}}`, kind)).not.toEqual([]);
      }),
    );
  });
});
