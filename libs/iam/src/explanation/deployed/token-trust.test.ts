import { plainPalette } from '@cross-account-api/command-line/text';
import { renderAnswer, renderTokenTrust } from '../answer.ts';
import {
  A,
  B,
  circumstances,
  policy,
  readerOf,
  region,
  role,
  type Statement,
  sound,
} from './deployment.testing.ts';
import { answerQuestion } from './question.ts';
import { judgeTokenTrust } from './token-trust.ts';

const roleArn = `arn:aws:iam::${A}:role/federated`;
const corp = `arn:aws:iam::${A}:saml-provider/corp`;
const github = `arn:aws:iam::${A}:oidc-provider/token.actions.githubusercontent.com`;
const SAML = 'sts:AssumeRoleWithSAML' as const;
const WEB = 'sts:AssumeRoleWithWebIdentity' as const;

/** As the user guide has it: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_saml.html */
const trustsCorp: Statement = {
  Effect: 'Allow',
  Principal: { Federated: corp },
  Action: SAML,
  Condition: { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } },
};

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html */
const trustsBranch: Statement = {
  Sid: 'Branch',
  Effect: 'Allow',
  Principal: { Federated: github },
  Action: WEB,
  Condition: {
    StringEquals: {
      'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
      'token.actions.githubusercontent.com:sub': 'repo:owner/repository:ref:refs/heads/main',
    },
  },
};

const judge = (action: typeof SAML | typeof WEB, ...statements: Statement[]) =>
  judgeTokenTrust(role(roleArn, statements), action, region, readerOf(sound), circumstances);
const verdicts = async (action: typeof SAML | typeof WEB, ...statements: Statement[]) =>
  (await judge(action, ...statements)).verdicts.map(({ provider, outcome }) => [provider, outcome]);

test('the conditions of a trust policy on an assertion are named, and nothing says that it is admitted', async () => {
  const trust = await judge(SAML, trustsCorp);
  expect(trust.verdicts).toMatchObject([
    {
      provider: corp,
      outcome: 'depends',
      unseen: [
        {
          effect: 'Allow',
          operator: 'StringEquals',
          key: 'SAML:aud',
          expected: 'https://signin.aws.amazon.com/saml',
        },
      ],
    },
  ]);
  const text = renderTokenTrust(trust, { palette: plainPalette }).join('\n');
  expect(text).toContain(`? ${corp}: it depends on what is not seen here`);
  expect(text).toContain('StringEquals SAML:aud "https://signin.aws.amazon.com/saml" (Allow of statement #2');
  expect(text).toMatch(/not judged: The assertion was not seen.*signed.*expired/);
  expect(text).toMatch(/not judged: The provider was not read/);
  expect(text).toMatch(/not judged: .*sts:TagSession/);
  expect(text).not.toMatch(/allowed|admitted/i);
});

test.each<[string, typeof SAML | typeof WEB, Statement[], [string, string][]]>([
  ['no statement for the action', SAML, [{ ...trustsCorp, Action: 'sts:AssumeRole' }], []],
  ['a statement for an account', SAML, [{ ...trustsCorp, Principal: { AWS: `arn:aws:iam::${A}:root` } }], []],
  [
    'a provider of another account',
    SAML,
    [{ ...trustsCorp, Principal: { Federated: corp.replace(A, B) } }],
    [[corp.replace(A, B), 'refused']],
  ],
  [
    'a provider of the other kind',
    SAML,
    [{ ...trustsCorp, Principal: { Federated: github } }],
    [[github, 'refused']],
  ],
  [
    'a key that no token has',
    SAML,
    [{ ...trustsCorp, Condition: { StringEquals: { 'sts:ExternalId': 'x' } } }],
    [[corp, 'refused']],
  ],
  [
    'a Deny without a condition on the assertion',
    SAML,
    [trustsCorp, { ...trustsCorp, Effect: 'Deny', Condition: {} }],
    [[corp, 'refused']],
  ],
  [
    'a Deny with one',
    SAML,
    [
      { ...trustsCorp, Condition: {} },
      { ...trustsCorp, Effect: 'Deny', Condition: { StringNotEquals: { 'SAML:sub_type': 'persistent' } } },
    ],
    [[corp, 'depends']],
  ],
  ['no condition', SAML, [{ ...trustsCorp, Condition: {} }], [[corp, 'admitted']]],
  [
    'a condition that an absent key meets',
    WEB,
    [
      {
        ...trustsBranch,
        Condition: { StringNotLike: { 'token.actions.githubusercontent.com:sub': 'repo:other/*' } },
      },
    ],
    [[github, 'depends']],
  ],
  [
    'a condition on the claim of another issuer',
    WEB,
    [{ ...trustsBranch, Condition: { StringEquals: { 'gitlab.com:sub': 'x' } } }],
    [[github, 'refused']],
  ],
  ['an action with a wildcard', WEB, [{ ...trustsBranch, Action: 'sts:*' }], [[github, 'depends']]],
  [
    'two providers',
    WEB,
    [{ ...trustsBranch, Principal: { Federated: [github, 'accounts.google.com'] } }],
    [
      [github, 'depends'],
      ['accounts.google.com', 'refused'],
    ],
  ],
])('with %s, the outcome is as of each provider', async (_what, action, statements, expected) => {
  expect(await verdicts(action, ...statements)).toEqual(expected);
});

test('a resource control policy on a claim makes the outcome depend on it', async () => {
  const enforces = policy('enforce', {
    Effect: 'Deny',
    Principal: '*',
    Action: WEB,
    Resource: '*',
    Condition: { StringNotLikeIfExists: { 'token.actions.githubusercontent.com:sub': 'repo:owner/*' } },
  });
  const organizations = { [A]: { organizationId: 'o-1', serviceControl: [], resourceControl: [enforces] } };
  const { verdicts } = await judgeTokenTrust(
    role(roleArn, [{ ...trustsBranch, Condition: {} }]),
    WEB,
    region,
    readerOf({ ...sound, organizations }),
    circumstances,
  );
  expect(verdicts).toMatchObject([{ outcome: 'depends', unseen: [{ policy: 'enforce', effect: 'Deny' }] }]);
});

describe('a question', () => {
  const ask = (principal: string, action: string, context: Readonly<Record<string, string>> = {}) =>
    answerQuestion(
      { principal, action, resource: roleArn, region },
      readerOf({ ...sound, roles: [role(roleArn, [trustsCorp, trustsBranch])] }),
      { ...circumstances, context },
    );
  const claims = {
    'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
    'token.actions.githubusercontent.com:sub': 'repo:owner/repository:ref:refs/heads/main',
  };

  test('without the claims is undecided, and proposes no change', async () => {
    const answer = await ask(github, WEB);
    expect(answer).toMatchObject({
      remedies: [],
      undecided: [{ statement: 'Branch' }, { statement: 'Branch' }],
    });
    const options = { palette: plainPalette, width: 80, cliOf: () => 'aws' };
    expect(renderAnswer(answer, options)[0]).toBe('? Undecided: it depends on what is not seen here.');
    expect(await ask(github, WEB, { [Object.keys(claims)[0] ?? '']: 'sts.amazonaws.com' })).toMatchObject({
      undecided: [{ key: 'token.actions.githubusercontent.com:sub' }],
    });
  });

  test('with the claims is decided', async () => {
    const sub = 'token.actions.githubusercontent.com:sub';
    expect(await ask(github, WEB, claims)).toMatchObject({ decision: { allowed: true } });
    const refused = await ask(github, WEB, { ...claims, [sub]: 'repo:owner/repository:pull_request' });
    expect(refused).toMatchObject({ decision: { allowed: false } });
    expect([refused.undecided, refused.notes]).toEqual([
      undefined,
      expect.arrayContaining([expect.stringContaining('The token was not seen')]),
    ]);
  });

  test.each([
    ['a role', `arn:aws:iam::${B}:user/alice`, 'takes a token of an identity provider'],
    ['a provider of another account', corp.replace(A, B), "the role's own account"],
    ['a provider of the other kind', github, 'no assertions of SAML'],
  ])('about %s is refused with the reason', async (_who, principal, reason) => {
    await expect(ask(principal, SAML)).rejects.toThrow(reason);
  });
});
