import { BlockList, isIP } from 'node:net';
import { quoteForShell } from '@cross-account-api/command-line/text';
import { words } from '../core/words.ts';
import type { StateFiles } from './state-files.ts';

/** A change of environment variables. Those whose names begin with `AWS_ENDPOINT_URL_` are unset, too. */
export interface EnvironmentChange {
  readonly set: Readonly<Record<string, string>>;
  readonly unset: readonly string[];
}

const UNSET_PREFIX = 'AWS_ENDPOINT_URL_';

interface Target {
  readonly url: string;
  readonly region: string;
  readonly profile: string;
  readonly files: Pick<StateFiles, 'config' | 'credentials' | 'ca'>;
}

const NO_PROXY = '127.0.0.1,localhost,::1';

/** Variables that override the general endpoint, the form of signatures, or the proxy. */
const OVERRIDING = words(
  `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS AWS_USE_FIPS_ENDPOINT AWS_USE_DUALSTACK_ENDPOINT AWS_AUTH_SCHEME_PREFERENCE
   AWS_SIGV4A_SIGNING_REGION_SET ALL_PROXY all_proxy proxy`,
);

/** Variables that give the SDK other keys, or another role. */
const IDENTITY = words(
  `AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_CREDENTIAL_EXPIRATION AWS_DEFAULT_PROFILE
   AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AWS_WEB_IDENTITY_TOKEN_FILE
   AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_CREDENTIALS_FULL_URI
   AWS_CONTAINER_AUTHORIZATION_TOKEN AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`,
);

/** The variables with which programs trust the CA: Node.js, then AWS CLI and boto3, curl, Python's requests, and OpenSSL. */
const CA_FILE = words(`NODE_EXTRA_CA_CERTS AWS_CA_BUNDLE CURL_CA_BUNDLE REQUESTS_CA_BUNDLE SSL_CERT_FILE`);

/** Variables for programs: SDKs use the endpoint, other clients the proxy. Tools read either spelling. */
function network(url: string, caFile: string, proxy = url): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: url,
    ...Object.fromEntries(CA_FILE.map((name) => [name, caFile])),
    NODE_USE_ENV_PROXY: '1',
    HTTPS_PROXY: proxy,
    https_proxy: proxy,
    HTTP_PROXY: proxy,
    http_proxy: proxy,
    NO_PROXY,
    no_proxy: NO_PROXY,
  };
}

/** Points a function's code at local AWS and nothing else. @param accessKeyId names the function to the proxy, for the trace */
export function pointFunctionToLocalAws(url: string, caFile: string, accessKeyId: string): EnvironmentChange {
  // Clients send the name only with a password. The password is not read.
  const proxy = url.replace('//', `//${accessKeyId}:function@`);
  return { set: network(url, caFile, proxy), unset: OVERRIDING };
}

/**
 * Points any AWS tool at local AWS and nothing else. Unsets variables that would override endpoint, keys or proxy.
 * `HTTP_PROXY` is set, too: plain HTTP must not leave this machine either, and the Serverless CLI prefers it.
 */
export function pointToLocalAws({ url, region, profile, files }: Target): EnvironmentChange {
  return {
    set: {
      ...network(url, files.ca),
      AWS_CONFIG_FILE: files.config,
      AWS_SHARED_CREDENTIALS_FILE: files.credentials,
      AWS_PROFILE: profile,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    unset: [...IDENTITY, ...OVERRIDING],
  };
}

/**
 * Points the AWS SDK in this process at local AWS and nothing else. Each client names its profile. Node has read the variables for proxy
 * and CA at its start, and the endpoint needs neither.
 */
export function pointSdkToLocalAws(environment: NodeJS.ProcessEnv, target: Target): void {
  const { set, unset } = pointToLocalAws(target);
  const isOfSdk = (name: string) => name.startsWith('AWS_') && name !== 'AWS_PROFILE';
  for (const name of Object.keys(environment)) {
    if (isOfSdk(name) && (unset.includes(name) || name.startsWith(UNSET_PREFIX))) delete environment[name];
  }
  for (const [name, value] of Object.entries(set)) if (isOfSdk(name)) environment[name] = value;
}

/** Applies a change to a copy, e.g. for a child process. @returns the copy, without variables that are `undefined` */
export function applyEnvironment(
  base: Readonly<Record<string, string | undefined>>,
  { set, unset }: EnvironmentChange,
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(base)) {
    if (value === undefined || unset.includes(name) || name.startsWith(UNSET_PREFIX)) continue;
    result[name] = value;
  }
  return { ...result, ...set };
}

/** The text of the `env` file: a change as commands for sh, bash and zsh. */
export function formatShell({ set, unset }: EnvironmentChange): string {
  return [
    '# Points AWS tools of this shell at the running local AWS, and at nothing else: source it, and open a new shell',
    '# to leave. For sh, bash and zsh.',
    `for _local_aws in $(env | sed -n 's/^\\(${UNSET_PREFIX}[A-Za-z0-9_]*\\)=.*/\\1/p'); do unset "$_local_aws"; done; unset _local_aws`,
    `unset ${unset.join(' ')}`,
    ...Object.entries(set).map(([name, value]) => `export ${name}=${quoteForShell(value)}`),
    '',
  ].join('\n');
}

/** The keys of an account's administrator, and the profile that has them in AWS's files. */
export interface Profile {
  readonly profile: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const HEADER =
  '# Written by local AWS at its start, removed when it stops. The keys are worth nothing anywhere else.\n';

/** The AWS config file. It has no `[default]`: a call must name its account. Each profile has the endpoint. @throws TypeError */
export function formatConfig(profiles: readonly Profile[], region: string, url: string): string {
  const sections = profiles.map(({ profile }) => {
    checkValues({ profile, region });
    return `\n[profile ${profile}]\nregion = ${region}\noutput = json\nendpoint_url = ${url}\n`;
  });
  return HEADER + sections.join('');
}

/** The AWS credentials file. @throws TypeError for a value with line breaks, brackets, comment signs or the like */
export function formatCredentials(profiles: readonly Profile[]): string {
  const sections = profiles.map(({ profile, accountId, accessKeyId, secretAccessKey }) => {
    checkValues({ profile, accountId, accessKeyId, secretAccessKey });
    return `\n[${profile}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\naws_account_id = ${accountId}\n`;
  });
  return HEADER + sections.join('');
}

/** @throws TypeError if a value has line breaks, brackets, comment signs or the like */
function checkValues(values: Readonly<Record<string, string>>): void {
  const wrong = Object.keys(values).find((name) => !/^[A-Za-z0-9+/=_.-]{1,256}$/.test(values[name] ?? ''));
  if (wrong === undefined) return;
  const message = `The ${wrong} for AWS's files must be 1 to 256 letters, digits or any of + / = _ . -, without spaces or line breaks.`;
  throw new TypeError(message);
}

const thisMachine = new BlockList();
thisMachine.addSubnet('127.0.0.0', 8);
thisMachine.addAddress('::1', 'ipv6');
// A connection to an unspecified address reaches this machine.
thisMachine.addAddress('0.0.0.0');
thisMachine.addAddress('::', 'ipv6');

/** The message for the user if a variable (`AWS_ENDPOINT_URL`, …) would send a stage of the real AWS to local AWS; otherwise `undefined`. */
export function whyNotRealAws(
  stage: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  for (const [name, value] of Object.entries(environment)) {
    if (!/^AWS_ENDPOINT_URL(_|$)/.test(name) || value === undefined || !URL.canParse(value)) continue;
    if (!isThisMachine(new URL(value).hostname)) continue;
    return `The environment variable ${name} points at local AWS (${value}), and stage "${stage}" is not local. Use --stage local, or a shell that has not sourced .local-aws/env.`;
  }
  return undefined;
}

/** @param hostname as `URL` gives it: in lower case, IPv4 in its usual form, IPv6 in brackets */
function isThisMachine(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(address);
  // RFC 6761, section 6.3: all names below `localhost` mean the loopback address. A final dot changes nothing.
  if (family === 0) return /(^|\.)localhost\.?$/.test(hostname);
  // IPv6 includes IPv4 addresses that are mapped to it.
  return thisMachine.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
