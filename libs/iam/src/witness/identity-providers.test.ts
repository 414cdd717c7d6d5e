import { A, guardedRole, type Json, judged, trust } from './guarded-policies.testing.ts';

const provider = (host: string) => `arn:aws:iam::${A}:oidc-provider/${host}`;
const web = (principal: unknown, Condition?: object): Json =>
  trust(principal, Condition, 'sts:AssumeRoleWithWebIdentity');
const token = (host: string, Condition?: object) => web({ Federated: provider(host) }, Condition);

/**
 * The providers for which AWS's sample of a resource control policy keeps out other tenants, with the value that names the tenant ("acme"
 * here): https://github.com/aws-samples/resource-control-policy-examples, Limit-access-to-trusted-OIDC-identity-providers/Shared-Issuers.json
 * and GitHub-Actions.json, commit f1aedfa (2026-03-17).
 */
const sampleOfAws: readonly (readonly [host: string, claim: string, value: string])[] = [
  ['token.actions.githubusercontent.com', 'sub', 'repo:acme/*'],
  ['vstoken.actions.githubusercontent.com', 'sub', 'repo:acme/*'],
  ['app.terraform.io', 'sub', 'organization:acme:*'],
  ['gitlab.com', 'sub', 'project_path:acme/*'],
  [
    'rh-oidc.s3.us-east-1.amazonaws.com/22ejnvnnturfmt6km08idd0nt4hekbn7',
    'sub',
    'system:serviceaccount:acme:*',
  ],
  [
    'rh-oidc.s3.us-east-1.amazonaws.com/23e3sd27sju1hoou6ohfs68vbno607tr',
    'sub',
    'system:serviceaccount:acme:*',
  ],
  [
    'rh-oidc.s3.us-east-1.amazonaws.com/23ne21h005qjl3n33d8dui5dlrmv2tmg',
    'sub',
    'system:serviceaccount:acme:*',
  ],
  [
    'rh-oidc.s3.us-east-1.amazonaws.com/24jrf12m5dj7ljlfb4ta2frhrcoadm26',
    'sub',
    'system:serviceaccount:acme:*',
  ],
  ['oidc.op1.openshiftapps.com/2f785sojlpb85i7402pk3qogugim5nfb', 'sub', 'system:serviceaccount:acme:*'],
  ['oidc.op1.openshiftapps.com/2c51blsaqa9gkjt0o9rt11mle8mmropu', 'sub', 'system:serviceaccount:acme:*'],
  ['tokens.cloud.shisho.dev', 'sub', 'job:acme:*'],
  ['scalr.io', 'sub', 'account:acme:*'],
  ['oidc-configuration.audit-log.githubusercontent.com', 'sub', 'https://github.com/acme'],
  ['api.pulumi.com', 'sub', 'pulumi:*:org:acme:*'],
  ['agent.buildkite.com', 'sub', 'organization:acme:*'],
  ['proidc.upbound.io', 'sub', 'mcp:acme/*'],
  ['oidc.vercel.com', 'sub', 'owner:acme:*'],
  ['sandboxes.cloud', 'aud', 'acme'],
  ['studio.datachain.ai/api', 'sub', 'credentials:acme/*'],
  ['oidc.codefresh.io', 'sub', 'account:acme:*'],
  ['accounts.google.com', 'google/organization_number', '123456'],
];
/** Claims that IAM asks for, where these are others: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html */
const controlsOfIam: typeof sampleOfAws = [
  ['oidc.vercel.com', 'aud', 'https://vercel.com/acme'],
  ['api.pulumi.com/oidc', 'aud', 'acme'],
  ['cognito-identity.amazonaws.com', 'aud', 'eu-central-1:0bd2e4cc-0000-0000-0000-000000000000'],
];
const anybody = 'anybody with a token';

test.each([...sampleOfAws, ...controlsOfIam])(
  'A trust policy for tokens of %s is open without a condition on %s, and narrow with %j.',
  (host, claim, value) => {
    const key = `${host}:${claim}`;
    const others = { [`${host}:aud`]: 'sts.amazonaws.com' };
    const isBuiltIn = ['accounts.google.com', 'cognito-identity.amazonaws.com'].includes(host);
    const ofProvider = (Condition?: object) =>
      isBuiltIn ? web({ Federated: host }, Condition) : token(host, Condition);
    // Guests of Cognito are another matter.
    const known = host.startsWith('cognito')
      ? { 'ForAnyValue:StringLike': { [`${host}:amr`]: 'authenticated' } }
      : {};
    expect(judged(guardedRole, ofProvider())).toBe(anybody);
    expect(judged(guardedRole, ofProvider({ StringLike: { [key]: '*' } }))).toBe(anybody);
    expect(judged(guardedRole, ofProvider({ StringLike: { [key]: value }, ...known }))).toBe('narrow');
    // Where the audience is the name of the tenant, another one is nobody's.
    if (claim === 'aud' || ['api.pulumi.com', 'oidc.vercel.com'].includes(host)) return;
    expect(judged(guardedRole, ofProvider({ StringEquals: others }))).toBe(anybody);
    if (!value.includes('*')) return;
    // The name of the tenant is not all of it.
    const begun = value.replace(/acme./, 'acme*');
    expect(judged(guardedRole, ofProvider({ StringLike: { [key]: begun } }))).toBe(anybody);
  },
);

const SENTINEL = 'sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d/';
const COGNITO = 'cognito-identity.amazonaws.com';
const pool = { StringEquals: { [`${COGNITO}:aud`]: 'eu-central-1:pool' } };
const amr = (...values: readonly string[]) => ({ 'ForAnyValue:StringLike': { [`${COGNITO}:amr`]: values } });
// biome-ignore format: a statement is a line
test.each<readonly [what: string, judgement: string, statement: Json]>([
  ['any provider', anybody, web({ Federated: '*' })],
  ['everybody, with a claim that all tokens of GitHub have', anybody, web('*', { StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' } })],
  ['everybody, with the repositories of one owner', 'narrow', web('*', { StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:acme/*' } })],
  ['Microsoft Sentinel, with its audience only', anybody, token(SENTINEL, { StringEquals: { [`${SENTINEL}:aud`]: 'api://1462b192-27f7-4cb9-8523-0f4ecb54b47e' } })],
  ['Microsoft Sentinel, with any workspace', anybody, token(SENTINEL, { StringLike: { 'sts:RoleSessionName': 'MicrosoftSentinel_*' } })],
  ['Microsoft Sentinel, with one workspace', 'narrow', token(SENTINEL, { StringEquals: { 'sts:RoleSessionName': 'MicrosoftSentinel_0a1b' } })],
  ['guests of a pool of Cognito', anybody, web({ Federated: COGNITO }, { ...pool, ...amr('unauthenticated') })],
  ['guests and users of a pool of Cognito', anybody, web({ Federated: COGNITO }, { ...pool, ...amr('authenticated', 'unauthenticated') })],
  ['a pool of Cognito, which can have guests', anybody, web({ Federated: COGNITO }, pool)],
  ['users of a pool of Cognito', 'narrow', web({ Federated: COGNITO }, { ...pool, ...amr('authenticated') })],
  ['a cluster, whose provider is its own', 'provider with a token', token('oidc.eks.eu-central-1.amazonaws.com/id/0A')],
])('The statement of a trust policy for %s: %s', (_what, judgement, statement) => {
  expect(judged(guardedRole, statement)).toBe(judgement);
});
