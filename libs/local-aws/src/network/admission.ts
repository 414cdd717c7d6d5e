import { isLoopbackName, parseAuthority } from './aws-hosts.ts';

/** How a request reached the listener. */
export type Channel =
  /** Straight to the port, plain HTTP. */
  | { readonly kind: 'direct'; readonly port: number }
  /** Over TLS, inside a CONNECT tunnel to this AWS host. */
  | { readonly kind: 'tunnel'; readonly hostname: string };

/** A request that may go on. */
export interface Admitted {
  readonly admitted: true;
  /** The `Host` header as sent. */
  readonly host: string;
  readonly rawPath: string;
  readonly rawQuery: string;
  /** Addressed to this machine by name or address, not to a host of AWS. */
  readonly loopback: boolean;
}

/** A request that goes no further, and the answer that it gets. */
export interface Refused {
  readonly admitted: false;
  readonly status: number;
  readonly code: string;
  /** Says what is wrong, the rule and the remedy. */
  readonly message: string;
}

/** Tells AWS's hosts from others. @param hostname in lower case, without port */
export type HostTest = (hostname: string) => boolean;

const PROXY_RULE =
  "local AWS's proxy only reaches AWS hosts, on their standard ports, and answers them itself; nothing is sent to the network";

/** The answer to a request whose form cannot be accepted. */
export function malformed(message: string): Refused {
  return { admitted: false, status: 400, code: 'BadRequest', message };
}

function proxyRefusal(target: string, why: string): Refused {
  const message = `${quote(target)} ${why}: ${PROXY_RULE}. To reach that host, add it to NO_PROXY, or use a shell without .local-aws/env.`;
  return { admitted: false, status: 403, code: 'ProxyRefused', message };
}

/** Shows a client's own words in a message: printable ASCII only, and not too much of it. */
function quote(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, '?');
  return `"${printable.length > 100 ? `${printable.slice(0, 100)}…` : printable}"`;
}

/** Where a CONNECT request leads: to an AWS host, for which TLS follows, or to this port itself. */
export type ConnectTarget =
  | { readonly admitted: true; readonly to: 'aws'; readonly hostname: string }
  | { readonly admitted: true; readonly to: 'self' };

/**
 * Decides on `CONNECT host:port`. This port itself is a valid target, with plain HTTP in the tunnel: some clients
 * (the Serverless CLI) send all that they send through the proxy, whatever `NO_PROXY` says.
 * @param ownPort the port that the request came in on
 */
export function admitConnect(target: string, ownPort: number, isAwsHost: HostTest): ConnectTarget | Refused {
  const authority = parseAuthority(target);
  if (authority?.port === undefined) {
    return malformed(`CONNECT needs a target of the form host:port, not ${quote(target)}.`);
  }
  const { hostname, port } = authority;
  if (isLoopbackName(hostname) && port === ownPort) return { admitted: true, to: 'self' };
  if (!isAwsHost(hostname)) return proxyRefusal(target, 'is not a host of AWS');
  if (port !== 443) return proxyRefusal(target, 'asks for a port other than 443');
  return { admitted: true, to: 'aws', hostname };
}

/**
 * Decides whether a request may go on, by its target, its `Host` headers and the way it came. Only names that
 * nobody else can point at this machine are admitted, so that a web page cannot reach local AWS by DNS rebinding.
 * @param target as on the request line
 * @param hosts the values of all `Host` headers
 */
export function admit(
  target: string,
  hosts: readonly string[],
  channel: Channel,
  isAwsHost: HostTest,
): Admitted | Refused {
  const [host] = hosts;
  if (host === undefined || hosts.length !== 1) {
    return malformed(`A request needs exactly one Host header; this one has ${hosts.length}.`);
  }
  if (!/^[\x21-\x7e]+$/.test(target) || target.includes('#')) {
    return malformed(
      'The request target holds spaces, control characters, non-ASCII bytes or "#". Percent-encode them.',
    );
  }
  const authority = parseAuthority(host);
  if (authority === undefined) return malformed(`The Host header ${quote(host)} is not a host name.`);

  if (!target.startsWith('/')) return admitAbsolute(target, host, channel, isAwsHost);
  const admitted = { admitted: true, host, ...splitTarget(target) } as const;
  const { hostname, port } = authority;

  if (channel.kind === 'tunnel') {
    if (hostname === channel.hostname && (port ?? 443) === 443) return { ...admitted, loopback: false };
    return {
      admitted: false,
      status: 421,
      code: 'MisdirectedRequest',
      message: `The Host header ${quote(host)} differs from the host that this connection was opened for, "${channel.hostname}". Open a connection for each host.`,
    };
  }
  if (isLoopbackName(hostname) && (port ?? 80) === channel.port) return { ...admitted, loopback: true };
  if (isAwsHost(hostname) && [80, 443, channel.port].includes(port ?? 80)) {
    return { ...admitted, loopback: false };
  }
  return {
    admitted: false,
    status: 403,
    code: 'HostRefused',
    message: `local AWS does not answer for the host ${quote(host)}: only for 127.0.0.1:${channel.port}, localhost:${channel.port} and the hosts of AWS, so that web pages cannot reach it. Use http://127.0.0.1:${channel.port}.`,
  };
}

/** `GET http://host/path`, as clients send it to a proxy. */
function admitAbsolute(
  target: string,
  host: string,
  channel: Channel,
  isAwsHost: HostTest,
): Admitted | Refused {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?]*)(.*)$/i.exec(target);
  if (match?.[1] === undefined || match[2] === undefined || match[3] === undefined) {
    return malformed(`The request target ${quote(target)} is neither a path nor an absolute URL.`);
  }
  const [, scheme, authorityText, rest] = match;
  const authority = parseAuthority(authorityText);
  if (channel.kind === 'tunnel') {
    return malformed('Inside a CONNECT tunnel the request target is a path, not an absolute URL.');
  }
  if (scheme.toLowerCase() !== 'http') {
    return malformed(`Only http:// URLs go to a proxy as they are; ${scheme}:// needs CONNECT.`);
  }
  if (authority === undefined) return malformed(`The URL's host ${quote(authorityText)} is not a host name.`);
  const { hostname, port = 80 } = authority;
  const loopback = isLoopbackName(hostname) && port === channel.port;
  if (!loopback && !isAwsHost(hostname)) return proxyRefusal(authorityText, 'is not a host of AWS');
  if (!loopback && port !== 80) return proxyRefusal(authorityText, 'asks for a port other than 80');

  const sent = parseAuthority(host);
  if (sent?.hostname !== hostname || (sent.port ?? 80) !== port) {
    return malformed(`The Host header ${quote(host)} differs from the URL's host ${quote(authorityText)}.`);
  }
  return { admitted: true, host, loopback, ...splitTarget(rest.startsWith('/') ? rest : `/${rest}`) };
}

function splitTarget(target: string): { rawPath: string; rawQuery: string } {
  const mark = target.indexOf('?');
  return mark === -1
    ? { rawPath: target, rawQuery: '' }
    : { rawPath: target.slice(0, mark), rawQuery: target.slice(mark + 1) };
}
