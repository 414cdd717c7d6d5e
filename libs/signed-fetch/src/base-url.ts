import { InvalidOption } from './errors/invalid-option.ts';

/** An API's URL and where it is signed for. */
export interface BaseUrl {
  /** Scheme, host and port: `https://abc123.execute-api.eu-west-1.amazonaws.com`. */
  readonly origin: string;
  /** The path of the stage, without a slash at its end: `/dev`, or `''`. */
  readonly path: string;
  readonly region: string;
}

/**
 * Host names with a region in them: an API's own (also private, `<api>-<vpce>`; dual-stack, `.api.aws`; China), and
 * that of a VPC endpoint.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-test-invoke-url.html
 */
const HOSTS = [
  /^[a-z0-9-]{1,63}\.execute-api\.([a-z0-9-]{1,30})\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/,
  /^vpce-[a-z0-9-]{1,58}\.execute-api\.([a-z0-9-]{1,30})\.vpce\.amazonaws\.com(?:\.cn)?$/,
];

const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/**
 * Reads the base URL and finds the region to sign for.
 * @throws InvalidOption naming `baseUrl` or `region`
 */
export function parseBaseUrl(baseUrl: unknown, region?: unknown): BaseUrl {
  const url = parse(baseUrl);
  const { hostname } = url;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(hostname))) {
    throw new InvalidOption('baseUrl', `is on ${url.protocol}//, but a signed request needs https://`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidOption(
      'baseUrl',
      'has a user name or password in it (not shown). Requests are signed; remove it',
    );
  }
  if (url.search !== '' || url.hash !== '') {
    throw new InvalidOption('baseUrl', 'has a query or fragment, which no path can follow. Remove it');
  }
  return {
    origin: url.origin,
    path: url.pathname.replace(/\/+$/, ''),
    region: regionOf(hostname, region),
  };
}

function parse(baseUrl: unknown): URL {
  const example = 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev';
  if (typeof baseUrl !== 'string' && !(baseUrl instanceof URL)) {
    throw new InvalidOption(
      'baseUrl',
      `is missing or no text. Give the API's URL with its stage: ${example}`,
    );
  }
  const url = URL.parse(String(baseUrl));
  if (url === null)
    throw new InvalidOption('baseUrl', `is no URL. Give the API's URL with its stage: ${example}`);
  return url;
}

function regionOf(hostname: string, region: unknown): string {
  const named = HOSTS.map((pattern) => pattern.exec(hostname)?.[1]).find((found) => found !== undefined);
  if (region === undefined) {
    if (named !== undefined) return named;
    throw new InvalidOption(
      'region',
      `is missing, and the host ${hostname} does not name it. Give the region that the API is in: eu-west-1`,
    );
  }
  if (typeof region !== 'string' || !/^[a-z0-9-]{1,30}$/.test(region)) {
    throw new InvalidOption('region', 'must be the name of a region: eu-west-1');
  }
  if (named !== undefined && named !== region) {
    throw new InvalidOption('region', `is ${region}, but the host ${hostname} is in ${named}. Leave it out`);
  }
  return region;
}
