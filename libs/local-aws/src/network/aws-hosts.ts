import { awsDomains } from '@cross-account-api/iam';

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*$/;

/** Whether a host name (in lower case, without port) is below a domain of AWS. */
export function isAwsHost(hostname: string): boolean {
  return HOST_NAME.test(hostname) && awsDomains.some((domain) => hostname.endsWith(`.${domain}`));
}

/** A host with its port, if one was given. */
export interface Authority {
  /** In lower case; an IPv6 address keeps its brackets. */
  readonly hostname: string;
  readonly port?: number;
}

const AUTHORITY = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::(\d{1,5}))?$/;

/** Reads a `Host` header or the target of a CONNECT request. User names, spaces and empty ports are not accepted. */
export function parseAuthority(text: string): Authority | undefined {
  const match = AUTHORITY.exec(text.toLowerCase());
  if (match?.[1] === undefined) return undefined;
  if (match[2] === undefined) return { hostname: match[1] };
  const port = Number(match[2]);
  return port >= 1 && port <= 65_535 ? { hostname: match[1], port } : undefined;
}

/** Whether a host name means this machine. */
export function isLoopbackName(hostname: string): boolean {
  return hostname === '127.0.0.1' || hostname === 'localhost' || hostname === '[::1]';
}
