import { awsDomains } from '@cross-account-api/iam';
import { domainOf } from '../../core/aws-domains.ts';
import type { Scope } from '../../core/scope.ts';
import { badRequest, conflict, notFound } from './definition/errors.ts';
import { randomId } from './definition/random-id.ts';
import type { CustomDomain, MappedStage } from './deployed-api.ts';

/** What an owner sets on a custom domain name. */
export interface DomainNameSettings {
  readonly certificateArn: string;
  readonly ipAddressType: string;
}

/** A custom domain name of an account and region. */
export interface DomainName extends Scope, CustomDomain {
  readonly name: string;
  /** Where the name's DNS record must lead. */
  readonly target: string;
  settings: DomainNameSettings;
  tags: Readonly<Record<string, string>>;
  readonly mappings: Map<string, Mapping>;
}

/** Where a base path leads. */
export interface Mapping extends MappedStage {
  /** The ID by which API Gateway's second API knows it. */
  readonly id: string;
}

/** Regional custom domain names, of every account and region. */
export class DomainNames {
  readonly #names = new Map<string, DomainName>();
  readonly #trust: (hostname: string) => Promise<void>;

  /** @param trust sees to it that clients trust a certificate for the host */
  constructor(trust: (hostname: string) => Promise<void>) {
    this.#trust = trust;
  }

  /** @throws AwsError `BadRequestException` for a name or certificate that cannot be used, `ConflictException` if the name is taken */
  async create(scope: Scope, name: string, settings: DomainNameSettings, tags: DomainName['tags']) {
    if (!/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/.test(name)) {
      throw badRequest(
        `Invalid domain name identifier specified: ${name}. Local AWS takes host names in lower case, without wildcards.`,
      );
    }
    if (awsDomains.some((domain) => `.${name}`.endsWith(`.${domain}`))) {
      throw badRequest(`The domain name ${name} belongs to AWS. Use a domain of your own.`);
    }
    if (this.#names.has(name)) throw conflict('The domain name you provided already exists.');
    checkCertificate(scope, settings);
    await this.#trust(name);
    const { accountId, region } = scope;
    const target = `d-${randomId(10)}.execute-api.${region}.${domainOf(region)}`;
    const created: DomainName = { accountId, region, name, target, settings, tags, mappings: new Map() };
    this.#names.set(name, created);
    return created;
  }

  /** @throws AwsError `BadRequestException` for a certificate that cannot be used */
  update(domainName: DomainName, settings: DomainNameSettings, tags: DomainName['tags']): void {
    checkCertificate(domainName, settings);
    domainName.settings = settings;
    domainName.tags = tags;
  }

  /**
   * Adds a mapping, or moves the one with the given ID.
   * @throws AwsError `BadRequestException` for a base path that cannot be used, `ConflictException` if it is taken
   */
  putMapping({ mappings }: DomainName, basePath: string, to: MappedStage, id = randomId(6)): Mapping {
    if (basePath.length > 300 || !/^(?:[\w$.+!*'()-]+(?:\/[\w$.+!*'()-]+)*)?$/.test(basePath)) {
      throw badRequest(
        `Invalid base path: ${basePath}. Its segments must consist of letters, digits and the characters $-_.+!*'().`,
      );
    }
    const taken = mappings.get(basePath);
    if (taken !== undefined && taken.id !== id)
      throw conflict('Base path already exists for this domain name');
    const [previous] = [...mappings].find(([, mapping]) => mapping.id === id) ?? [];
    if (previous !== undefined) mappings.delete(previous);
    const mapping = { ...to, id };
    mappings.set(basePath, mapping);
    return mapping;
  }

  /** Its mappings are deleted, too. */
  delete(scope: Scope, name: string): void {
    if (this.find(scope, name) !== undefined) this.#names.delete(name);
  }

  /** The names of this account and region, oldest first. */
  all({ accountId, region }: Scope): DomainName[] {
    return [...this.#names.values()].filter((each) => each.accountId === accountId && each.region === region);
  }

  find(scope: Scope, name: string): DomainName | undefined {
    return this.all(scope).find((each) => each.name === name);
  }

  /** @throws AwsError `NotFoundException` */
  get(scope: Scope, name: string): DomainName {
    const found = this.find(scope, name);
    if (found === undefined) throw notFound('Invalid domain name identifier specified');
    return found;
  }

  /** @param hostname in lower case, without port */
  byHost(hostname: string): CustomDomain | undefined {
    return this.#names.get(hostname);
  }
}

/** AWS has a hosted zone of API Gateway in each region. Here is no DNS, and one that looks like them. */
export const REGIONAL_HOSTED_ZONE = 'Z0LOCALAPIGATEWAY';

/** How API Gateway calls a mapping without a base path. */
export const NO_BASE_PATH = '(none)';

/** ACM's certificate for a regional domain name is in its region and account. */
function checkCertificate({ region, accountId }: Scope, { certificateArn }: DomainNameSettings): void {
  const [, certificateRegion, owner] =
    /^arn:[\w-]+:acm:([\w-]+):(\d{12}):certificate\/[\w-]+$/.exec(certificateArn) ?? [];
  if (certificateRegion !== region || owner !== accountId) {
    throw badRequest(
      `Invalid certificate ARN: ${certificateArn}. Certificate must be in '${region}', and in the account ${accountId}.`,
    );
  }
}
