import { holes, type Template, type TemplatePart, template } from './sample.ts';

/** An OpenID Connect provider that many organizations share: a claim says whose token it is. */
export interface SharedProvider {
  /** The claim that names the tenant. As a condition key: `<host>:<claim>`. */
  readonly claim: string;
  /** The form of the claim. Absent: it is not known, so a pattern with wildcards is not judged. */
  readonly form?: Template;
  /** The part of a value that names the tenant. */
  tenantOf(value: string): string;
}

const owner = (value: string) => /^\w+:([^/:]+)/.exec(value)?.[1] ?? value;
const whole = (value: string) => value;
const named = (...first: readonly TemplatePart[]): SharedProvider => ({
  claim: 'sub',
  form: template(...first, holes.any),
  tenantOf: owner,
});
const unknownForm = (claim: string): SharedProvider => ({ claim, tenantOf: whole });

/**
 * The shared providers, by host and path, with the claim that names the tenant. Those of AWS's list are "Shared OIDC identity providers
 * with identity-provider controls", https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
 * (2026-11). For consumers' accounts (Amazon, Facebook, Google), everybody can get a token of the application, so the subject counts.
 * Forms: https://docs.github.com/en/actions/reference/security/oidc, https://docs.gitlab.com/ci/secrets/id_token_authentication/,
 * https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens,
 * https://buildkite.com/docs/pipelines/security/oidc
 */
const sharedProviders: Readonly<Record<string, SharedProvider>> = {
  'token.actions.githubusercontent.com': named('repo:', holes.word, '/', holes.word, ':'),
  'vstoken.actions.githubusercontent.com': named('repo:', holes.word, '/', holes.word, ':'),
  'gitlab.com': named('project_path:', holes.word, '/'),
  'app.terraform.io': named('organization:', holes.word, ':'),
  'agent.buildkite.com': named('organization:', holes.word, ':'),
  'scalr.io': named('account:', holes.word, ':'),
  'oidc-configuration.audit-log.githubusercontent.com': unknownForm('sub'),
  'oidc.codefresh.io': unknownForm('sub'),
  'studio.datachain.ai/api': unknownForm('sub'),
  'tokens.cloud.shisho.dev': unknownForm('sub'),
  'proidc.upbound.io': unknownForm('sub'),
  'api.pulumi.com/oidc': unknownForm('aud'),
  'sandboxes.cloud': unknownForm('aud'),
  'oidc.vercel.com': unknownForm('aud'),
  'cognito-identity.amazonaws.com': unknownForm('aud'),
  'accounts.google.com': unknownForm('sub'),
  'graph.facebook.com': unknownForm('id'),
  'www.amazon.com': unknownForm('user_id'),
};

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
  const host = hostOf(principal);
  return host !== undefined && Object.hasOwn(sharedProviders, host) ? sharedProviders[host] : undefined;
}
