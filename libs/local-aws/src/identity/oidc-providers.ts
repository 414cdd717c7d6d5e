import { entityAlreadyExists } from './errors.ts';

/** An OpenID Connect provider of an account. Roles can trust its tokens. */
export interface OidcProvider {
  readonly arn: string;
  /** The audiences that tokens may have. */
  clientIds: readonly string[];
}

/** The OpenID Connect providers of all accounts. An account has one for each URL. */
export class OidcProviders {
  readonly #byArn = new Map<string, OidcProvider>();

  create(accountId: string, url: string, clientIds: readonly string[]): OidcProvider {
    const arn = oidcProviderArn(accountId, url);
    if (this.#byArn.has(arn)) throw entityAlreadyExists(`Provider with url ${url} already exists.`);
    const provider = { arn, clientIds };
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

/** @example oidcProviderArn('111111111111', 'https://token.actions.githubusercontent.com') */
export function oidcProviderArn(accountId: string, url: string): string {
  return `arn:aws:iam::${accountId}:oidc-provider/${url.replace(/^https:\/\//, '')}`;
}
