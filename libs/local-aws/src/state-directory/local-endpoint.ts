import { BlockList, isIP } from 'node:net';

const thisMachine = new BlockList();
thisMachine.addSubnet('127.0.0.0', 8);
thisMachine.addAddress('::1', 'ipv6');
// The unspecified addresses: a connection to one of them reaches this machine.
thisMachine.addAddress('0.0.0.0');
thisMachine.addAddress('::', 'ipv6');

/** An environment variable that sets an endpoint of AWS's SDKs. */
export interface EndpointVariable {
  readonly name: string;
  readonly value: string;
}

/**
 * Finds the first environment variable that sets an SDK endpoint on this machine, so that a command which is meant for
 * the real AWS can refuse to run.
 * @example findLocalEndpoint({ AWS_ENDPOINT_URL: 'http://0.0.0.0:4566' }) // { name: 'AWS_ENDPOINT_URL', value: … }
 */
export function findLocalEndpoint(
  environment: Readonly<Record<string, string | undefined>>,
): EndpointVariable | undefined {
  for (const [name, value] of Object.entries(environment)) {
    if (!/^AWS_ENDPOINT_URL(_|$)/.test(name) || value === undefined || !URL.canParse(value)) continue;
    if (isThisMachine(new URL(value).hostname)) return { name, value };
  }
  return undefined;
}

/** @param hostname as `URL` gives it: in lower case, IPv4 in its usual form, IPv6 in brackets */
function isThisMachine(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  switch (isIP(address)) {
    case 4:
      return thisMachine.check(address);
    case 6:
      // Includes IPv4 addresses that are mapped to IPv6.
      return thisMachine.check(address, 'ipv6');
    default:
      // RFC 6761, section 6.3: all names below `localhost` stand for the loopback address. A final dot changes nothing.
      return /(^|\.)localhost\.?$/.test(hostname);
  }
}
