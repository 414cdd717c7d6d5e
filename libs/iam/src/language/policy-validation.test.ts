import fc from 'fast-check';
import type { RawStatement } from '../authorization.testing.ts';
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

describe('in an identity-based policy,', () => {
  test.each<[string, string | object, string]>([
    ['text that is not JSON', 'not JSON', syntax],
    ['a list', [], syntax],
    ['JSON null', 'null', syntax],
    ['a document without the element Statement', { Version: '2012-10-17' }, syntax],
    ['an empty list of statements', of(), syntax],
    ['a statement that is not an object', of('x'), syntax],
    ['an unknown element', { ...of(statement), Extra: 1 }, syntax],
    ['an unknown element in a statement', changed({ Extra: 1 }), syntax],
    ['an Id that is not a string', { ...of(statement), Id: {} }, syntax],
    ['a Sid that is not a string', changed({ Sid: {} }), syntax],
    ['a document without a version', { Statement: statement }, version],
    ['a document of the older version', { ...of(statement), Version: '2008-10-17' }, version],
    ['a version that does not exist', { ...of(statement), Version: '2013-10-17' }, syntax],
    ['a statement without an effect', without('Effect'), syntax],
    ['an unknown effect', changed({ Effect: 'maybe' }), syntax],
    ['an effect in another case', changed({ Effect: 'allow' }), syntax],
    ['a principal', changed({ Principal: '*' }), 'Policy document should not specify a principal.'],
    [
      'a Sid with a space',
      changed({ Sid: 'a b' }),
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    ],
    [
      'a Sid that is used twice',
      of({ ...statement, Sid: 'a' }, { Sid: 'a', Effect: 'Allow' }),
      'Statement IDs (SID) in a single policy must be unique.',
    ],
    ['a statement without an action', without('Action'), 'Policy statement must contain actions.'],
    ['an empty list of actions', changed({ Action: [] }), 'Policy statement must contain actions.'],
    [
      'a statement without action and resource',
      without('Action', 'Resource'),
      'Policy statement must contain actions.',
    ],
    ['a statement with Action and NotAction', changed({ NotAction: 's3:*' }), syntax],
    ['an action that is not a string', changed({ Action: 1 }), syntax],
    ['an action without a service', changed({ Action: 'ListBucket' }), vendor],
    ['an empty NotAction', of({ Effect: 'Allow', NotAction: '', Resource: '*' }), vendor],
    ['an action with a strange service', changed({ Action: 'a a:ListBucket' }), 'Vendor a a is not valid'],
    ['a space before an action', changed({ Action: ' s3:ListBucket' }), 'Vendor  s3 is not valid'],
    [
      'an action with two colons',
      changed({ Action: 's3:List:Bucket' }),
      'Actions/Condition can contain only one colon.',
    ],
    ['a statement without a resource', without('Resource'), 'Policy statement must contain resources.'],
    ['an empty list of resources', changed({ Resource: [] }), 'Policy statement must contain resources.'],
    ['a statement with Resource and NotResource', changed({ NotResource: '*' }), syntax],
    [
      'a resource that is not an ARN',
      changed({ Resource: 'bucket' }),
      'Resource bucket must be in ARN format or "*".',
    ],
    ['an empty resource', changed({ Resource: '' }), 'Resource  must be in ARN format or "*".'],
    [
      'a wrong resource, even beside a wrong action,',
      changed({ Action: 'x', Resource: 'bucket' }),
      'Resource bucket must be in ARN format or "*".',
    ],
    [
      'an ARN of another partition',
      changed({ Resource: 'arn:red:s3:::b' }),
      'Partition "red" is not valid for resource "arn:red:s3:::b".',
    ],
    [
      'an ARN of a function in another partition',
      changed({ Resource: 'arn:aw:lambda:us-east-1:111111111111:function:orders:live' }),
      'Partition "aw" is not valid for resource "arn:aw:lambda:us-east-1:111111111111:function:orders:live".',
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
    ['an ARN that ends too early', changed({ Resource: 'arn:aws:s3::b' }), legacy],
    ['an ARN with an empty service', changed({ Resource: 'arn:aws::::b' }), legacy],
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
      'a resource that IAM does not have',
      changed({ Resource: 'arn:aws:iam::1:thing/a' }),
      'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.',
    ],
    ['a condition that is a list', changed({ Condition: [] }), syntax],
    ['a condition without keys', changed({ Condition: { StringEquals: 'a' } }), syntax],
    ['a condition without an operator', changed({ Condition: { 'aws:username': 'a' } }), syntax],
    ['an unknown operator', changed({ Condition: { StringIs: { 'aws:username': 'a' } } }), syntax],
    ['a date in words', changed({ Condition: { DateLessThan: { 'aws:CurrentTime': 'soon' } } }), syntax],
    ['a date that is an object', changed({ Condition: { DateLessThan: { 'aws:CurrentTime': {} } } }), syntax],
  ])('%s is an error of IAM', (_, document, message) => {
    expect(validatePolicy(document, 'identity')[0]).toBe(message);
  });

  test.each<[string, string | object]>([
    ['JSON text', JSON.stringify(of(statement))],
    ['a single statement that is not in a list', { Version: '2012-10-17', Statement: statement }],
    [
      'a statement with NotAction and NotResource',
      of({ Effect: 'Deny', NotAction: 'iam:*', NotResource: [bucket] }),
    ],
    ['a statement about every action and resource', of({ Effect: 'Allow', Action: '*', Resource: '*' })],
    ['a shortened ARN', changed({ Resource: 'arn:aws:logs' })],
    ['an ARN of any partition', changed({ Resource: 'arn:*:s3:::b' })],
    ['a route of any API', changed({ Resource: 'arn:aws:execute-api:us-east-1:111111111111:*/prod/GET/a' })],
    ['an action that ends in a space, which matches nothing', changed({ Action: 's3:ListBucket ' })],
    ['an action that does not exist', changed({ Action: 'nothing:AtAll' })],
    [
      'a condition of any form',
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
      'a statement without a Sid beside two with different ones',
      of(statement, { ...statement, Sid: 'a' }, { ...statement, Sid: 'b' }),
    ],
  ])('%s is valid', (_, document) => {
    expect(validatePolicy(document, 'identity')).toEqual([]);
  });
});

describe('in an inline policy,', () => {
  test.each([
    ['no version', { Statement: statement }],
    ['the older version', { ...of(statement), Version: '2008-10-17' }],
    ['the present version', of(statement)],
  ])('%s is valid', (_what, document) => {
    expect(validatePolicy(document, 'inline')).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['a version that does not exist', { ...of(statement), Version: '2013-10-17' }, syntax],
    ['an action without a service', { Statement: { ...statement, Action: 'ListBucket' } }, vendor],
  ])('%s is refused', (_what, document, problem) => {
    expect(validatePolicy(document, 'inline')).toEqual([problem]);
  });
});

describe('in a trust policy,', () => {
  const trust: RawStatement = {
    Effect: 'Allow',
    Principal: { AWS: '111111111111' },
    Action: 'sts:AssumeRole',
  };
  const but = (more: RawStatement) => of({ ...trust, ...more });
  const only = 'AssumeRole policy may only specify STS AssumeRole actions.';
  const CanonicalUser = '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be';
  const canonical = 'Invalid principal in policy: "CanonicalUser"';
  test.each<[string, object]>([
    ['an account as principal', of(trust)],
    ['the older version', { Version: '2008-10-17', Statement: [trust] }],
    [
      'a list of actions of STS',
      but({ Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'] }),
    ],
    ['a service as principal', but({ Principal: { Service: ['lambda.amazonaws.com'] } })],
    [
      'everyone as principal',
      but({ Principal: { AWS: '*' }, Condition: { StringEquals: { 'sts:ExternalId': 'a' } } }),
    ],
  ])('%s is valid', (_, document) => {
    expect(validatePolicy(document, 'trust')).toEqual([]);
  });

  test.each<[string, string | object, string]>([
    ['text that is not JSON', '{', 'This policy contains invalid Json'],
    [
      'another version',
      { Version: '1', Statement: [trust] },
      'The policy must contain a valid version string',
    ],
    ['an empty list of statements', of(), 'Could not parse the policy: Statement is empty!'],
    [
      'a statement without an effect',
      of({ Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }),
      'Missing required field Effect',
    ],
    ['an unknown effect', but({ Effect: 'Maybe' }), 'Invalid effect: Maybe'],
    [
      'a statement without a principal',
      of({ Effect: 'Allow', Action: 'sts:AssumeRole' }),
      'Missing required field Principal',
    ],
    ['an empty principal', but({ Principal: {} }), 'Missing required field Principal cannot be empty!'],
    ['a string as principal', but({ Principal: '*' }), 'Principal must be a JSON object.'],
    ['a canonical user', but({ Principal: { CanonicalUser } }), canonical],
    ['a canonical user beside an account', but({ Principal: { AWS: '*', CanonicalUser } }), canonical],
    [
      'NotPrincipal',
      of({ Effect: 'Allow', NotPrincipal: { AWS: '*' }, Action: 'sts:AssumeRole' }),
      'Allow with NotPrincipal is not allowed.',
    ],
    [
      'a statement without an action',
      of({ Effect: 'Allow', Principal: { AWS: '*' } }),
      'Missing required field Action',
    ],
    ['the action "*"', but({ Action: '*' }), only],
    ['an action of another service', but({ Action: ['sts:AssumeRole', 's3:GetObject'] }), only],
    ['a resource', but({ Resource: '*' }), 'Has prohibited field Resource'],
    ['NotResource', but({ NotResource: '*' }), 'AssumeRole policy must not contain resources.'],
    [
      'a Sid that is used twice',
      of({ ...trust, Sid: 'a' }, { ...trust, Sid: 'a' }),
      'The Statement Ids in the policy are not unique',
    ],
    [
      'an unknown operator',
      but({ Condition: { StringIs: { 'sts:ExternalId': 'a' } } }),
      'Syntax error in policy.',
    ],
  ])('%s is an error of IAM', (_, document, message) => {
    expect(validatePolicy(document, 'trust')[0]).toBe(message);
  });
});

describe('in other policies,', () => {
  test.each<[PolicyDocumentKind, object]>([
    ['session', of(statement)],
    ['service control', of({ Effect: 'Deny', NotAction: 'iam:*', Resource: '*' })],
    ['resource', changed({ Principal: '*', Resource: 'execute-api:/prod/*' })],
  ])('a statement of a %s policy is valid', (kind, document) => {
    expect(validatePolicy(document, kind)).toEqual([]);
  });

  test.each<[string, PolicyDocumentKind, string | object, string]>([
    [
      'a principal in a session policy',
      'session',
      changed({ Principal: '*' }),
      'Policy document should not specify a principal.',
    ],
    [
      'a principal in a service control policy',
      'service control',
      changed({ Principal: '*' }),
      'Policy document should not specify a principal.',
    ],
    ['a resource policy without a principal', 'resource', of(statement), 'Missing required field Principal'],
    [
      'a resource policy with an empty list of principals',
      'resource',
      changed({ Principal: { AWS: [] } }),
      'Missing required field Principal',
    ],
    [
      'a resource policy with an action without a service',
      'resource',
      changed({ Principal: '*', Action: 'Invoke' }),
      vendor,
    ],
    ['a resource policy that is not JSON', 'resource', '{', 'The policy is not in the valid JSON format.'],
  ])('%s is an error', (_, kind, document, message) => {
    expect(validatePolicy(document, kind)[0]).toBe(message);
  });

  test('any JSON gets an answer', () => {
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
