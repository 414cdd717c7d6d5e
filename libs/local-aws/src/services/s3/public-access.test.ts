import fc from 'fast-check';
import { isPublic } from './public-access.ts';

const allow = (more: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::files/*', ...more }],
});
const when = (operator: string, key: string, value: unknown) =>
  allow({ Principal: '*', Condition: { [operator]: { [key]: value } } });

// Examples of AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
test.each<[string, object]>([
  ['everybody', allow({ Principal: '*' })],
  ['everybody as an AWS principal', allow({ Principal: { AWS: '*' } })],
  ['everybody and an account', allow({ Principal: { AWS: ['*', 'arn:aws:iam::111111111111:root'] } })],
  ['everybody except one', allow({ NotPrincipal: { AWS: 'arn:aws:iam::111111111111:root' } })],
  ['any VPC', when('StringLike', 'aws:SourceVpc', 'vpc-*')],
  ['one of two addresses, of which one is a wildcard', when('StringLike', 'aws:SourceVpc', ['vpc-1', '*'])],
  ['half of the internet', when('IpAddress', 'aws:SourceIp', '0.0.0.0/1')],
  ['a broad range of IPv6', when('IpAddress', 'aws:SourceIp', ['192.0.2.0/24', '2001:db8::/31'])],
  ['all other organizations', when('StringNotEquals', 'aws:PrincipalOrgID', 'o-abcdefghij')],
  ['a request without the key', when('StringEqualsIfExists', 'aws:SourceAccount', '111111111111')],
  ['no value at all', when('ForAllValues:StringEquals', 'aws:SourceAccount', '111111111111')],
  ['a policy variable', when('StringEquals', 'aws:PrincipalOrgID', `\${aws:PrincipalOrgID}`)],
  ['TLS', when('Bool', 'aws:SecureTransport', 'true')],
  ['a referer', when('StringLike', 'aws:Referer', 'https://www.example.com/')],
  [
    'access points of any account',
    when('ArnLike', 's3:DataAccessPointArn', 'arn:aws:s3:us-west-2:*:accesspoint/*'),
  ],
])('a policy that allows %s is public', (_name, policy) => {
  expect(isPublic(policy as never)).toBe(true);
});

test.each<[string, object]>([
  ['an account', allow({ Principal: { AWS: 'arn:aws:iam::111111111111:root' } })],
  ['a service', allow({ Principal: { Service: 'cloudtrail.amazonaws.com' } })],
  ['a VPC', when('StringEquals', 'aws:SourceVpc', 'vpc-91237329')],
  ['an organization', when('StringEquals', 'aws:PrincipalOrgID', ['o-abcdefghij'])],
  ['an address', when('IpAddress', 'aws:SourceIp', '192.0.2.1')],
  ['private addresses', when('IpAddress', 'aws:SourceIp', ['10.0.0.0/8', '2001:db8::/32'])],
  [
    'access points of an account',
    when('ArnLike', 's3:DataAccessPointArn', 'arn:aws:s3:us-west-2:123456789012:accesspoint/*'),
  ],
])('a policy that allows %s only is not public', (_name, policy) => {
  expect(isPublic(policy as never)).toBe(false);
});

test('a statement that denies is never public', () => {
  expect(isPublic(allow({ Effect: 'Deny', Principal: '*' }) as never)).toBe(false);
});

test('a policy is public if one of its statements is', () => {
  const [open] = allow({ Principal: '*' }).Statement;
  const [closed] = allow({ Principal: { AWS: 'arn:aws:iam::111111111111:root' } }).Statement;
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1 }), (kinds) => {
      const Statement = kinds.map((isOpen) => (isOpen ? open : closed));
      expect(isPublic({ Version: '2012-10-17', Statement } as never)).toBe(kinds.includes(true));
    }),
  );
});
