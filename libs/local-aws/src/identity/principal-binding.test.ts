import fc from 'fast-check';
import { PrincipalBinding } from './principal-binding.ts';

const arn = 'arn:aws:iam::111111111111:role/app/invoke';
const uniqueId = 'AROAABCDEFGHIJKLMNOPQ';
const principalBinding = new PrincipalBinding({
  uniqueId: (wanted) => (wanted === arn ? uniqueId : undefined),
  arn: (wanted) => (wanted === uniqueId ? arn : undefined),
  hasAccount: (accountId) => accountId === '111111111111',
});

const valid = fc.constantFrom(
  arn,
  '*',
  'arn:aws:iam::111111111111:root',
  'arn:aws:sts::111111111111:assumed-role/a/b',
);
const principals = fc.oneof(
  fc.constant('*'),
  fc.record({ AWS: fc.oneof(valid, fc.array(valid)) }),
  fc.record({ Service: fc.constant('lambda.amazonaws.com'), AWS: valid }),
);
const statement = fc.record(
  {
    Effect: fc.constantFrom('Allow', 'Deny'),
    Principal: principals,
    NotPrincipal: principals,
    Action: fc.string(),
  },
  { requiredKeys: ['Effect'] },
);

describe('bindPrincipals and showPrincipals', () => {
  test('are inverse functions while the named role or user exists', () => {
    fc.assert(
      fc.property(fc.oneof(statement, fc.array(statement)), (Statement) => {
        const document = { Version: '2012-10-17', Statement };
        const bound = principalBinding.bindPrincipals(document);
        expect(JSON.stringify(bound)).not.toContain(arn);
        expect(principalBinding.showPrincipals(bound)).toEqual(document);
      }),
    );
  });

  test('do not change other documents', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (document) => {
        expect(principalBinding.showPrincipals(document)).toMatchObject(document);
      }),
    );
    const odd = { Statement: [1, null, { Principal: 7 }, { Principal: { AWS: [null, 3] } }] };
    expect(principalBinding.bindPrincipals(odd)).toEqual(odd);
  });

  test('take what a policy names in an account outside local AWS to exist, and refuse what a named account does not have', () => {
    const trusting = (AWS: string) => ({ Statement: { Effect: 'Allow', Principal: { AWS } } });
    for (const name of ['role/team/export', 'user/export']) {
      const elsewhere = trusting(`arn:aws:iam::999999999999:${name}`);
      expect(principalBinding.bindPrincipals(elsewhere)).toEqual(elsewhere);
      expect(principalBinding.showPrincipals(elsewhere)).toEqual(elsewhere);
      const here = trusting(`arn:aws:iam::111111111111:${name}`);
      expect(() => principalBinding.bindPrincipals(here)).toThrow(
        `Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:${name}"`,
      );
    }
  });

  test('do not change prototypes', () => {
    const document = JSON.parse('{"Statement":{"Principal":{"__proto__":"x"}}}');
    expect(() => principalBinding.bindPrincipals(document)).toThrow(
      'Invalid principal in policy: "__PROTO__":"x"',
    );
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });
});
