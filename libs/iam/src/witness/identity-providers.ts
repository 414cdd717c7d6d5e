import { type FormPart, freeParts, type TextForm, textForm } from './sample.ts';

/** A claim, or another condition key, whose value says whose token it is. */
export interface TenantKey {
  /** The condition key, in lower case, e.g. `gitlab.com:sub`. */
  readonly key: string;
  /** The form of the value. Absent: it is not known, so a pattern with wildcards is not judged. */
  readonly form?: TextForm;
  /** The part of a value that names the tenant. */
  tenantOf(value: string): string;
}

/** An identity provider whose tokens many organizations, or all people, can have. */
export interface SharedProvider {
  readonly tenantKeys: readonly TenantKey[];
  /** Whether it also gives tokens to guests, whom it does not know. */
  readonly hasGuests?: true;
}

/** Makes a key whose values begin with the tenant: a word, the tenant, and what ends it. */
function begins(key: string, word: string, end: string, ...rest: readonly FormPart[]): TenantKey {
  return {
    key,
    form: textForm(word, freeParts.tenant, end, ...rest, freeParts.any),
    tenantOf: (value) => value.slice(word.length).split(end)[0] ?? value,
  };
}
const whole = (key: string): TenantKey => ({ key, tenantOf: (value) => value });
const repository = (host: string) => begins(`${host}:sub`, 'repo:', '/', freeParts.tenant, ':');

/**
 * The tenant keys by provider. Two lists of AWS agree on them, except for Vercel and Pulumi, of which each has another claim:
 * "Shared OIDC identity providers with identity-provider controls",
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html (its table, as other
 * tools quote it), and the policy, with the forms of the values,
 * https://github.com/aws-samples/resource-control-policy-examples/blob/f1aedfa/Limit-access-to-trusted-OIDC-identity-providers/Shared-Issuers.json
 * (2026-03). The four that are built in are those of `Deny-built-in-web-identity-providers.json` there. Everybody can have an account of
 * them, so a pattern of their claims is not judged.
 */
const tenantKeys: readonly TenantKey[] = [
  repository('token.actions.githubusercontent.com'),
  repository('vstoken.actions.githubusercontent.com'),
  whole('oidc-configuration.audit-log.githubusercontent.com:sub'),
  begins('gitlab.com:sub', 'project_path:', '/'),
  begins('app.terraform.io:sub', 'organization:', ':'),
  begins('agent.buildkite.com:sub', 'organization:', ':'),
  begins('scalr.io:sub', 'account:', ':'),
  begins('oidc.codefresh.io:sub', 'account:', ':'),
  begins('studio.datachain.ai/api:sub', 'credentials:', '/'),
  begins('tokens.cloud.shisho.dev:sub', 'job:', ':'),
  begins('proidc.upbound.io:sub', 'mcp:', '/'),
  begins('oidc.vercel.com:sub', 'owner:', ':'),
  whole('oidc.vercel.com:aud'),
  ...['api.pulumi.com', 'api.pulumi.com/oidc'].flatMap((host): readonly TenantKey[] => [
    whole(`${host}:aud`),
    {
      key: `${host}:sub`,
      form: textForm('pulumi:', freeParts.word, ':org:', freeParts.tenant, ':', freeParts.any),
      tenantOf: (value) => /:org:([^:]*)/.exec(value)?.[1] ?? value,
    },
  ]),
  whole('sandboxes.cloud:aud'),
  ...[
    'rh-oidc.s3.us-east-1.amazonaws.com/22ejnvnnturfmt6km08idd0nt4hekbn7',
    'rh-oidc.s3.us-east-1.amazonaws.com/23e3sd27sju1hoou6ohfs68vbno607tr',
    'rh-oidc.s3.us-east-1.amazonaws.com/23ne21h005qjl3n33d8dui5dlrmv2tmg',
    'rh-oidc.s3.us-east-1.amazonaws.com/24jrf12m5dj7ljlfb4ta2frhrcoadm26',
    'oidc.op1.openshiftapps.com/2f785sojlpb85i7402pk3qogugim5nfb',
    'oidc.op1.openshiftapps.com/2c51blsaqa9gkjt0o9rt11mle8mmropu',
  ].map((host) => begins(`${host}:sub`, 'system:serviceaccount:', ':')),
  whole('accounts.google.com:sub'),
  whole('accounts.google.com:google/organization_number'),
  whole('graph.facebook.com:id'),
  whole('www.amazon.com:user_id'),
];

/**
 * Of Microsoft Sentinel, the name of the session says for which workspace it acts. No claim does.
 * https://learn.microsoft.com/en-us/azure/sentinel/connect-aws-configure-environment
 */
const sentinel: TenantKey = {
  key: 'sts:rolesessionname',
  form: textForm('Microsoft', freeParts.word, '_', freeParts.tenant),
  tenantOf: (value) => value.slice(value.lastIndexOf('_') + 1),
};

const sharedProviders: ReadonlyMap<string, SharedProvider> = new Map<string, SharedProvider>([
  ...[...Map.groupBy(tenantKeys, ({ key }) => key.slice(0, key.lastIndexOf(':')))].map(
    ([host, keys]) => [host, { tenantKeys: keys }] as const,
  ),
  ['sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d', { tenantKeys: [sentinel] }],
  ['sts.windows.net/cab8a31a-1906-4287-a0d8-4eef66b95f6e', { tenantKeys: [sentinel] }],
  [
    'cognito-identity.amazonaws.com',
    { tenantKeys: [whole('cognito-identity.amazonaws.com:aud')], hasGuests: true },
  ],
]);

/**
 * The host, with its path, of an identity provider. Its claims are condition keys under this name.
 * @param principal the ARN of an OpenID Connect provider, or the name of one that needs none
 * @returns `undefined` for a provider of SAML
 * @example hostOf('arn:aws:iam::111111111111:oidc-provider/gitlab.com') // 'gitlab.com'
 */
export function hostOf(principal: string): string | undefined {
  if (!principal.startsWith('arn:')) return principal.toLowerCase();
  return /:oidc-provider\/(.+)$/.exec(principal)?.[1]?.toLowerCase();
}

/** The provider behind a principal, if many organizations share it. */
export function sharedProviderOf(principal: string): SharedProvider | undefined {
  return sharedProviders.get(hostOf(principal)?.replace(/\/$/, '') ?? '');
}
