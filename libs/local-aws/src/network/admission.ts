import { awsDomains } from '@cross-account-api/iam';

/** A refused request, with status and code of the answer. The message names the value, the rule and the remedy. */
export class RequestRefused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Makes the error for a request that is not well-formed. */
export function malformed(message: string): RequestRefused {
  return new RequestRefused(400, 'BadRequest', message);
}

/** The way by which a request reached the listener. */
export type Channel =
  /** Straight to the port, plain HTTP. */
  | { readonly kind: 'direct'; readonly port: number }
  /** Over TLS, inside a CONNECT tunnel to this AWS host. */
  | { readonly kind: 'tunnel'; readonly hostname: string };

/**
 * Decides on `CONNECT host:port`. `self` is the listener's port: some clients, as the Serverless CLI, ignore `NO_PROXY`.
 * @returns the host, for which TLS follows, or `self`, for which plain HTTP follows. @throws RequestRefused
 */
export function admitConnect(
  target: string,
  ownPort: number,
  isCustomDomain: (hostname: string) => boolean,
): { readonly host: string } | 'self' {
  const authority = parseAuthority(target);
  if (authority?.port === undefined) {
    throw malformed(`CONNECT needs a target of the form host:port, not ${quote(target)}.`);
  }
  const { hostname, port } = authority;
  if (isLoopbackName(hostname) && port === ownPort) return 'self';
  // API Gateway serves custom domains over HTTPS only. A tunnel is the only way to them, so no web page reaches them by DNS rebinding.
  if (!isCustomDomain(hostname) || port !== 443) checkProxyTarget(target, hostname, port, 443);
  return { host: hostname };
}

/**
 * Admits only hosts that others cannot point at this machine: a web page cannot reach local AWS by DNS rebinding.
 * @param hosts the values of all `Host` headers. @throws RequestRefused
 */
export function admit(target: string, hosts: readonly string[], channel: Channel) {
  const [host] = hosts;
  if (host === undefined || hosts.length !== 1) {
    throw malformed(`A request needs exactly one Host header; this one has ${hosts.length}.`);
  }
  if (!/^[\x21-\x7e]+$/.test(target) || target.includes('#')) {
    const message =
      'The request target holds spaces, control characters, non-ASCII bytes or "#". Percent-encode them.';
    throw malformed(message);
  }
  const authority = parseAuthority(host);
  if (authority === undefined) throw malformed(`The Host header ${quote(host)} is not a host name.`);

  if (!target.startsWith('/')) return admitAbsolute(target, host, channel);
  const { hostname, port } = authority;
  if (channel.kind === 'tunnel') {
    if (hostname !== channel.hostname || (port ?? 443) !== 443) {
      const message = `The Host header ${quote(host)} differs from the host that this connection was opened for, "${channel.hostname}". Open a connection for each host.`;
      throw new RequestRefused(421, 'MisdirectedRequest', message);
    }
    return admitted(host, target, false);
  }
  const loopback = isLoopbackName(hostname) && (port ?? 80) === channel.port;
  if (loopback || (isAwsHost(hostname) && [80, 443, channel.port].includes(port ?? 80))) {
    return admitted(host, target, loopback);
  }
  const message = `local AWS does not answer for the host ${quote(host)}: only for 127.0.0.1:${channel.port}, localhost:${channel.port} and the hosts of AWS, so that web pages cannot reach it. Use http://127.0.0.1:${channel.port}.`;
  throw new RequestRefused(403, 'HostRefused', message);
}

/** `GET http://host/path`, as clients send it to a proxy. */
function admitAbsolute(target: string, host: string, channel: Channel) {
  const [, scheme, name = '', rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^/?]*)(.*)$/i.exec(target) ?? [];
  if (scheme === undefined) {
    throw malformed(`The request target ${quote(target)} is neither a path nor an absolute URL.`);
  }
  if (channel.kind === 'tunnel') {
    throw malformed('Inside a CONNECT tunnel the request target is a path, not an absolute URL.');
  }
  if (scheme.toLowerCase() !== 'http') {
    throw malformed(`A proxy takes absolute URLs with http:// only; ${scheme}:// needs CONNECT.`);
  }
  const authority = parseAuthority(name);
  if (authority === undefined) throw malformed(`The URL's host ${quote(name)} is not a host name.`);
  const { hostname, port = 80 } = authority;
  const loopback = isLoopbackName(hostname) && port === channel.port;
  if (!loopback) checkProxyTarget(name, hostname, port, 80);
  const sent = parseAuthority(host);
  if (sent?.hostname !== hostname || (sent.port ?? 80) !== port) {
    throw malformed(`The Host header ${quote(host)} differs from the URL's host ${quote(name)}.`);
  }
  return admitted(host, rest.startsWith('/') ? rest : `/${rest}`, loopback);
}

/** @param loopback whether it is addressed to this machine by name or address, not to a host of AWS */
function admitted(host: string, target: string, loopback: boolean) {
  const [rawPath = '', ...query] = target.split('?');
  return { host, loopback, rawPath, rawQuery: query.join('?') };
}

function checkProxyTarget(target: string, hostname: string, port: number, standardPort: number): void {
  if (isAwsHost(hostname) && port === standardPort) return;
  const why = isAwsHost(hostname) ? `asks for a port other than ${standardPort}` : 'is not a host of AWS';
  const message = `${quote(target)} ${why}: local AWS's proxy only reaches AWS hosts and the custom domains that are deployed here, on their standard ports, and answers them itself; nothing is sent to the network. To reach that host, add it to NO_PROXY, or use a shell without .local-aws/env.`;
  throw new RequestRefused(403, 'ProxyRefused', message);
}

/** Quotes a client's text for a message: printable ASCII, at most 100 characters. */
function quote(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, '?');
  return `"${printable.length > 100 ? `${printable.slice(0, 100)}…` : printable}"`;
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*$/;

/** Whether a host name (in lower case, without port) is below a domain of AWS. */
export function isAwsHost(hostname: string): boolean {
  return HOST_NAME.test(hostname) && awsDomains.some((domain) => hostname.endsWith(`.${domain}`));
}

const AUTHORITY = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::(\d{1,5}))?$/;

/** Reads a `Host` header or the target of a CONNECT request. User names, spaces and empty ports are not accepted. */
export function parseAuthority(text: string): { hostname: string; port?: number } | undefined {
  const match = AUTHORITY.exec(text.toLowerCase());
  if (match?.[1] === undefined) return undefined;
  if (match[2] === undefined) return { hostname: match[1] };
  const port = Number(match[2]);
  return port >= 1 && port <= 65_535 ? { hostname: match[1], port } : undefined;
}

function isLoopbackName(hostname: string): boolean {
  return hostname === '127.0.0.1' || hostname === 'localhost' || hostname === '[::1]';
}
