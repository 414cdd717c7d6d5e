import { likelyPartitionOf } from '@cross-account-api/iam';
import type { ApiFacts } from '@cross-account-api/iam/explanation';

/** The stage of an HTTP API whose URL has no segment for it. */
export const DEFAULT_STAGE = '$default';

/** The URL of an API, as AWS gives it to the API. */
export interface DefaultUrl {
  readonly kind: 'default';
  readonly url: string;
  readonly apiId: string;
  readonly region: string;
  /** {@link DEFAULT_STAGE} if the path has none. */
  readonly stage: string;
  /** The VPC endpoint in the host of a private API. */
  readonly vpcEndpointId?: string | undefined;
}

/** The URL of an API under a custom domain. */
export interface CustomUrl {
  readonly kind: 'custom';
  readonly url: string;
  readonly domainName: string;
  /** The segments of the path: a base path, and a stage if the mapping has none. */
  readonly segments: readonly string[];
}

/** The reason why a text is not the URL of an API. */
export class ApiUrlError extends Error {
  override readonly name = 'ApiUrlError';
  readonly code = 'API_URL';
}

const DEFAULT_HOST =
  /^([a-z0-9]{1,64})(?:-(vpce-[0-9a-f]{1,32}))?\.execute-api\.([a-z0-9-]{1,32})\.[a-z0-9.-]+$/;

/**
 * Reads the URL of an API. That of an HTTP API has no stage if it is `$default`.
 * @example readApiUrl('https://abc123.execute-api.eu-central-1.amazonaws.com/prod') // { kind: 'default', stage: 'prod', … }
 * @throws ApiUrlError
 */
export function readApiUrl(text: string): DefaultUrl | CustomUrl {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new ApiUrlError(
      `--api ${text}: must be a URL, e.g. https://abc123.execute-api.eu-central-1.amazonaws.com/prod`,
    );
  }
  if (parsed.search !== '' || parsed.hash !== '') {
    throw new ApiUrlError(`--api ${text}: leave out what follows the path. --route takes method and path.`);
  }
  const segments = parsed.pathname.split('/').filter(Boolean);
  const url = `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, '');
  const found = DEFAULT_HOST.exec(parsed.hostname);
  if (found === null) return { kind: 'custom', url, domainName: parsed.hostname, segments };
  const [, apiId = '', vpcEndpointId, region = ''] = found;
  const [stage = DEFAULT_STAGE, ...rest] = segments;
  if (rest.length > 0) {
    throw new ApiUrlError(
      `--api ${text}: after the host, give the stage and nothing else, e.g. ${parsed.origin}/${stage}. --route takes method and path.`,
    );
  }
  return { kind: 'default', url, apiId, region, stage, vpcEndpointId };
}

/**
 * The address of AWS under which an API has all of its stages. A custom domain has one of them.
 * @param api undefined: the API was not found
 */
export function defaultOriginOf(
  address: DefaultUrl | CustomUrl | undefined,
  api: Pick<ApiFacts, 'apiId' | 'region'> | undefined,
): string {
  if (address !== undefined && (address.kind === 'default' || api === undefined)) {
    return new URL(address.url).origin;
  }
  const { apiId = '', region = '' } = api ?? {};
  return `https://${apiId}.execute-api.${region}.${likelyPartitionOf(region).dnsSuffix}`;
}

/** The URL of a stage below {@link defaultOriginOf}. */
export function urlOfStage(origin: string, stage: string): string {
  return stage === DEFAULT_STAGE ? origin : `${origin}/${stage}`;
}

/** A base path mapping of a custom domain. */
export interface Mapping {
  /** `(none)` or absent for all other paths. */
  readonly basePath?: string | undefined;
  readonly restApiId?: string | undefined;
  /** `(none)` or absent: the stage follows the base path. */
  readonly stage?: string | undefined;
}

const isNamed = (text: string | undefined): text is string =>
  text !== undefined && text !== '(none)' && text !== '';

/**
 * Finds the API and stage for a path of a custom domain.
 * @returns `undefined` if no mapping fits, or if the stage is not named
 */
export function followMapping(
  { segments }: Pick<CustomUrl, 'segments'>,
  mappings: readonly Mapping[],
): { readonly apiId: string; readonly stage: string } | undefined {
  const path = segments.join('/');
  const [best] = mappings
    .map((mapping) => ({ mapping, base: isNamed(mapping.basePath) ? mapping.basePath : '' }))
    .filter(({ base }) => base === '' || `${path}/`.startsWith(`${base}/`))
    .sort((a, b) => b.base.length - a.base.length);
  if (best?.mapping.restApiId === undefined) return undefined;
  const [next] = path.slice(best.base.length).split('/').filter(Boolean);
  const stage = isNamed(best.mapping.stage) ? best.mapping.stage : next;
  return stage === undefined ? undefined : { apiId: best.mapping.restApiId, stage };
}
