import { awsDomains } from '@cross-account-api/iam';
import { domainOf } from '../../core/aws-domains.ts';
import type { Scope } from '../../core/scope.ts';
import { type Owned, OwnedCollection, randomId, type Tags } from './definition/api-collection.ts';
import { badRequest, conflict } from './definition/errors.ts';

/** The settings of a custom domain name. */
export interface DomainNameSettings {
  readonly certificateArn: string;
  readonly ipAddressType: string;
  readonly securityPolicy: string;
  /** Only with a security policy that begins with `SecurityPolicy_`. */
  readonly endpointAccessMode?: string | undefined;
}

/** A custom domain name of an account and region; its ID is the name. */
export interface DomainName extends Owned {
  /** The target of the name's DNS record. */
  readonly target: string;
  settings: DomainNameSettings;
  /** By base path without leading slash, e.g. `v1` or `orders/v1`; `''` is for all other paths. */
  readonly mappings: Map<string, Mapping>;
}

/** The API and stage that a base path is mapped to. */
export interface Mapping {
  /** The `ApiMappingId` in version 2 of API Gateway's API. */
  readonly id: string;
  /** The ID of a REST API or an HTTP API. */
  readonly apiId: string;
  /** If it is absent, callers name the stage after the base path. */
  readonly stageName?: string;
}

/** Regional custom domain names, of every account and region. */
export class DomainNames extends OwnedCollection<DomainName, 'DomainName'> {
  readonly kind = {
    idProperty: 'DomainName',
    collection: 'domainnames',
    missing: () => 'Invalid domain name identifier specified',
  } as const;
  readonly #trust: (hostname: string) => Promise<void>;

  /** @param trust makes clients trust the certificate of the host */
  constructor(trust: (hostname: string) => Promise<void>) {
    super();
    this.#trust = trust;
  }

  async create(scope: Scope, name: string, settings: DomainNameSettings, tags: Tags): Promise<DomainName> {
    if (!/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/.test(name)) {
      throw badRequest(
        `Invalid domain name identifier specified: ${name}. Local AWS takes host names in lower case, without wildcards.`,
      );
    }
    if (awsDomains.some((domain) => `.${name}`.endsWith(`.${domain}`))) {
      throw badRequest(`The domain name ${name} belongs to AWS. Use a domain of your own.`);
    }
    if (this.items.has(name)) throw conflict('The domain name you provided already exists.');
    checkCertificate(scope, settings);
    await this.#trust(name);
    const { accountId, region } = scope;
    const target = `d-${randomId(10)}.execute-api.${region}.${domainOf(region)}`;
    const created: DomainName = { accountId, region, id: name, target, settings, tags, mappings: new Map() };
    this.items.set(name, created);
    return created;
  }

  update(domainName: DomainName, settings: DomainNameSettings): void {
    checkCertificate(domainName, settings);
    domainName.settings = settings;
  }

  /** Adds a mapping, or moves the one with the given ID. */
  putMapping(domainName: DomainName, basePath: string, to: Omit<Mapping, 'id'>, id = randomId(6)): Mapping {
    const { mappings } = domainName;
    if (basePath.length > 300 || !/^(?:[\w$.+!*'()-]+(?:\/[\w$.+!*'()-]+)*)?$/.test(basePath)) {
      throw badRequest(
        `Invalid base path: ${basePath}. Its segments must consist of letters, digits and the characters $-_.+!*'().`,
      );
    }
    const taken = mappings.get(basePath);
    if (taken !== undefined && taken.id !== id)
      throw conflict('Base path already exists for this domain name');
    this.deleteMapping(domainName, id);
    const mapping = { ...to, id };
    mappings.set(basePath, mapping);
    return mapping;
  }

  /** @returns whether the domain name had the mapping */
  deleteMapping({ mappings }: DomainName, id: string): boolean {
    const [basePath] = [...mappings].find(([, mapping]) => mapping.id === id) ?? [];
    return basePath !== undefined && mappings.delete(basePath);
  }

  /** @param hostname in lower case, without port */
  byHost(hostname: string): DomainName | undefined {
    return this.items.get(hostname);
  }
}

/** AWS has a hosted zone for API Gateway in each region. Local AWS has no DNS, so this ID only looks like one. */
export const REGIONAL_HOSTED_ZONE = 'Z0LOCALAPIGATEWAY';

/** API Gateway's name for an empty base path. */
export const NO_BASE_PATH = '(none)';

/** Checks that the certificate of a regional domain name is in the same region and account. */
function checkCertificate({ region, accountId }: Scope, { certificateArn }: DomainNameSettings): void {
  const [, certificateRegion, owner] =
    /^arn:aws[a-z-]*:acm:([\w-]+):(\d{12}):certificate\/[\w-]+$/.exec(certificateArn) ?? [];
  if (certificateRegion !== region || owner !== accountId) {
    throw badRequest(
      `Invalid certificate ARN: ${certificateArn}. Certificate must be in '${region}', and in the account ${accountId}.`,
    );
  }
}
