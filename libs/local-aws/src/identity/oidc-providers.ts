import { entityAlreadyExists } from './errors.ts';

/** An OpenID Connect provider of an account. Roles can trust its tokens. */
export interface OidcProvider {
  readonly accountId: string;
  readonly arn: string;
  /** Without `https://`, as in the ARN and in condition keys. */
  readonly host: string;
  clientIds: readonly string[];
}

/** The OpenID Connect providers of all accounts. An account has one for each URL. */
export class OidcProviders {
  readonly #byArn = new Map<string, OidcProvider>();

  create(accountId: string, url: string, clientIds: readonly string[]): OidcProvider {
    const host = url.replace(/^https:\/\//, '');
    const arn = oidcProviderArn(accountId, host);
    if (this.#byArn.has(arn)) throw entityAlreadyExists(`Provider with url ${url} already exists.`);
    const provider = { accountId, arn, host, clientIds };
    this.#byArn.set(arn, provider);
    return provider;
  }

  find(arn: string): OidcProvider | undefined {
    return this.#byArn.get(arn);
  }

  delete(arn: string): void {
    this.#byArn.delete(arn);
  }
}

/** @example oidcProviderArn('111111111111', 'token.actions.githubusercontent.com') */
export function oidcProviderArn(accountId: string, host: string): string {
  return `arn:aws:iam::${accountId}:oidc-provider/${host}`;
}
