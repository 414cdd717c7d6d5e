import { entityAlreadyExists, limitExceeded, noSuchEntity } from './errors.ts';

/** What an owner says of a provider. */
export interface OidcProviderSettings {
  /** The audiences that tokens may have. */
  readonly clientIds: readonly string[];
  readonly thumbprints: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** An OpenID Connect provider of an account. Roles can trust its tokens. */
export interface OidcProvider extends OidcProviderSettings {
  readonly arn: string;
  readonly accountId: string;
  /** Without `https://`, as IAM shows it. */
  readonly url: string;
  readonly createdAt: Date;
}

const CLIENT_IDS = 100;

/** The OpenID Connect providers of all accounts. An account has one for each URL. */
export class OidcProviders {
  readonly #byArn = new Map<string, OidcProvider>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** @throws AwsError if the account has a provider with this URL, or for too many audiences */
  create(accountId: string, url: string, settings: Partial<OidcProviderSettings> = {}): OidcProvider {
    const arn = oidcProviderArn(accountId, url);
    if (this.#byArn.has(arn)) throw entityAlreadyExists(`Provider with url ${url} already exists.`);
    const created = {
      ...{ arn, accountId, url: withoutScheme(url), createdAt: this.#now() },
      ...{ clientIds: [], thumbprints: [], tags: {}, ...settings },
    };
    checkClientIds(created);
    this.#byArn.set(arn, created);
    return created;
  }

  /** Changes a provider, if it exists. */
  update(arn: string, settings: Partial<OidcProviderSettings>): void {
    const current = this.#byArn.get(arn);
    if (current === undefined) return;
    const updated = { ...current, ...settings };
    checkClientIds(updated);
    this.#byArn.set(arn, updated);
  }

  find(arn: string): OidcProvider | undefined {
    return this.#byArn.get(arn);
  }

  get(arn: string): OidcProvider {
    const found = this.find(arn);
    if (found === undefined) throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
    return found;
  }

  list(accountId: string): readonly OidcProvider[] {
    return [...this.#byArn.values()].filter((provider) => provider.accountId === accountId);
  }

  delete(arn: string): void {
    this.#byArn.delete(arn);
  }
}

/** @example oidcProviderArn('111111111111', 'https://token.actions.githubusercontent.com') */
export function oidcProviderArn(accountId: string, url: string): string {
  return `arn:aws:iam::${accountId}:oidc-provider/${withoutScheme(url)}`;
}

function withoutScheme(url: string): string {
  return url.replace(/^https:\/\//, '');
}

function checkClientIds({ clientIds }: OidcProviderSettings): void {
  if (clientIds.length <= CLIENT_IDS) return;
  throw limitExceeded(`Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${CLIENT_IDS}`);
}
