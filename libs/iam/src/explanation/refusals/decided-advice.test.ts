import {
  A,
  apiGateway,
  arn,
  assume,
  B,
  caller,
  callerArn,
  identity,
  invoke,
  invokeRoute,
  mayAssume,
  policies,
  policy,
  type RawStatement,
  resource,
  roleArn,
  rootArn,
  session,
  trust,
} from '../../authorization.testing.ts';
import { decide } from '../../decision/authorizer.ts';
import type { AuthorizationRequest } from '../../decision/decision.ts';
import type { ApplicablePolicies } from '../../decision/policy-source.ts';
import { denialsOfSts, refusalWords } from './words.ts';

/** A request, and the policies of its principal. */
type Asked = readonly [AuthorizationRequest, Partial<ApplicablePolicies>];

const isAllowed = ([question, given]: Asked) => decide(question, policies(given)).allowed;

const held = (own: RawStatement[]) => (own.length === 0 ? {} : identity(...own));

/** Part of AssumeRole: asked in addition, of the same policies. */
const partOf = (action: string, from: typeof caller, statement: RawStatement, own: RawStatement[]): Asked => [
  { ...assume(from, [statement]), action },
  held(own),
];
const both = (action: string) => ({ Action: ['sts:AssumeRole', action] });

const key = `arn:aws:kms:us-east-1:${A}:key/11111111-2222-3333-4444-555555555555`;
const decrypt = (principal: typeof caller, own: RawStatement[], ofKey: RawStatement[]): Asked => [
  {
    ...invoke(principal),
    action: 'kms:Decrypt',
    resource: key,
    resourcePolicy: policy('key', ...ofKey),
  },
  held(own),
];
const mayDecrypt = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: key };
const keyAdmits = (...names: string[]) => ({ ...mayDecrypt, Resource: '*', Principal: { AWS: names } });

const functionArn = `arn:aws:lambda:us-east-1:${A}:function:api`;
const urlActions = ['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction'];
const viaUrl = (action: string, own: string[], ofFunction: string[]): Asked => [
  {
    ...invoke(caller),
    action,
    resource: functionArn,
    resourcePolicy: policy('function', {
      ...{ Effect: 'Allow', Principal: { AWS: callerArn }, Action: ofFunction, Resource: functionArn },
    }),
  },
  identity({ Effect: 'Allow', Action: own, Resource: functionArn }),
];

const issuer = 'token.actions.githubusercontent.com';
const provider = `arn:aws:iam::${A}:oidc-provider/${issuer}`;
const branch = 'repo:owner/repository:ref:refs/heads/main';
const withToken = (sub: string, federated = provider): Asked => [
  {
    ...assume({ type: 'Service', service: provider }, [
      {
        ...trust({ Federated: federated }),
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com', [`${issuer}:sub`]: branch } },
      },
    ]),
    action: 'sts:AssumeRoleWithWebIdentity',
    context: {
      'aws:FederatedProvider': provider,
      [`${issuer}:aud`]: 'sts.amazonaws.com',
      [`${issuer}:sub`]: sub,
    },
  },
  {},
];

const endpoint = 'vpce-0123456789abcdef0';
const fromEndpoint = { Condition: { StringEquals: { 'aws:SourceVpce': endpoint } } };
const byRole = { Condition: { ArnEquals: { 'aws:PrincipalArn': callerArn } } };
const other = session({ accountId: B, roleName: 'other' });

/** The change of a policy that an answer proposes: what is refused without it, and allowed with it. */
const changes: Readonly<
  Record<string, { readonly refused: readonly Asked[]; readonly allowed: readonly Asked[] }>
> = {
  'function key': {
    refused: [decrypt(session(), [], [keyAdmits(rootArn(A))])],
    allowed: [
      decrypt(session(), [mayDecrypt], [keyAdmits(rootArn(A))]),
      decrypt(session(), [], [keyAdmits(roleArn)]),
    ],
  },
  'key of KMS': {
    refused: [
      decrypt(caller, [mayDecrypt], [keyAdmits(rootArn(A))]),
      decrypt(caller, [], [keyAdmits(callerArn)]),
    ],
    allowed: [decrypt(caller, [mayDecrypt], [keyAdmits(callerArn)])],
  },
  'trust policy too long': {
    refused: [[assume(other, [trust(arn(rootArn(B)), byRole)]), identity(mayAssume)]],
    allowed: [
      [assume(caller, [trust(arn(rootArn(B)), byRole)]), identity(mayAssume)],
      [
        assume(caller, [
          trust(arn(rootArn(B)), {
            Condition: { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${B}:role/call*` } },
          }),
        ]),
        identity(mayAssume),
      ],
    ],
  },
  'invalid principal': {
    refused: [[assume(other, [trust(arn(rootArn(B)), byRole)]), identity(mayAssume)]],
    allowed: [[assume(caller, [trust(arn(rootArn(B)), byRole)]), identity(mayAssume)]],
  },
  'invalid API policy': {
    refused: [[invoke(other, resource(arn(rootArn(B)), byRole)), identity(invokeRoute)]],
    allowed: [[invoke(caller, resource(arn(rootArn(B)), byRole)), identity(invokeRoute)]],
  },
  'private API without policy': {
    refused: [[invoke(caller, { ...resource('*', fromEndpoint) }), identity(invokeRoute)]],
    allowed: [
      [
        invoke(caller, { ...resource('*', fromEndpoint), context: { 'aws:SourceVpce': endpoint } }),
        identity(invokeRoute),
      ],
    ],
  },
  'integration role': {
    refused: [[assume(apiGateway, [trust({ Service: 'lambda.amazonaws.com' })]), {}]],
    allowed: [[assume(apiGateway, [trust({ Service: 'apigateway.amazonaws.com' })]), {}]],
  },
  'function url': {
    refused: [
      viaUrl('lambda:InvokeFunction', ['lambda:InvokeFunctionUrl'], urlActions),
      viaUrl('lambda:InvokeFunction', urlActions, ['lambda:InvokeFunctionUrl']),
    ],
    allowed: urlActions.map((action) => viaUrl(action, urlActions, urlActions)),
  },
  'sts:TagSession': {
    refused: [
      partOf('sts:TagSession', caller, trust(arn(rootArn(B))), [{ ...mayAssume, ...both('sts:TagSession') }]),
      partOf('sts:TagSession', caller, trust(arn(rootArn(B)), both('sts:TagSession')), [mayAssume]),
    ],
    allowed: [
      partOf('sts:TagSession', caller, trust(arn(rootArn(B)), both('sts:TagSession')), [
        { ...mayAssume, ...both('sts:TagSession') },
      ]),
      // In the same account, a trust policy that names the role is enough.
      partOf(
        'sts:TagSession',
        session({ roleName: 'own' }),
        trust(arn(`arn:aws:iam::${A}:role/own`), both('sts:TagSession')),
        [],
      ),
    ],
  },
  'sts:SetSourceIdentity': {
    refused: [
      partOf('sts:SetSourceIdentity', caller, trust(arn(rootArn(B)), both('sts:SetSourceIdentity')), [
        mayAssume,
      ]),
    ],
    allowed: [
      partOf('sts:SetSourceIdentity', caller, trust(arn(rootArn(B)), both('sts:SetSourceIdentity')), [
        { ...mayAssume, ...both('sts:SetSourceIdentity') },
      ]),
    ],
  },
  'sts:AssumeRoleWithWebIdentity': {
    refused: [
      withToken('repo:Owner/repository:ref:refs/heads/main'),
      withToken('repo:owner/repository:pull_request'),
      withToken(branch, provider.replace(A, B)),
    ],
    allowed: [withToken(branch)],
  },
};

/** Answers that name policies and propose no statement, or one that only the message knows. The engine knows no assertions of SAML. */
const WITHOUT_STATEMENT = [
  'statement ID taken',
  'resource in trust policy',
  'policy without resource',
  'policy syntax',
  'principal in identity policy',
  'execution role',
  'token audience',
  'cross-origin request',
  'sts:AssumeRoleWithSAML',
];

test.each(Object.entries(changes))(
  '%s: what the answer proposes is allowed, and is refused without it',
  (_form, { refused, allowed }) => {
    expect(refused.map(isAllowed)).toEqual(refused.map(() => false));
    expect(allowed.map(isAllowed)).toEqual(allowed.map(() => true));
  },
);

test('each answer that proposes a statement of a policy is decided here', () => {
  const answers = Object.entries({ ...refusalWords, ...denialsOfSts });
  const proposing = answers.flatMap(([form, { advice }]) =>
    advice.some((each) => /\b[Aa]llows?\b|trust policy|\bPrincipal\b|\baws:[A-Z]/.test(each)) ? [form] : [],
  );
  expect(proposing.sort()).toEqual([...Object.keys(changes), ...WITHOUT_STATEMENT].sort());
});
