import { BlockList, isIP } from 'node:net';

const thisMachine = new BlockList();
thisMachine.addSubnet('127.0.0.0', 8);
thisMachine.addAddress('::1', 'ipv6');
// A connection to an unspecified address reaches this machine.
thisMachine.addAddress('0.0.0.0');
thisMachine.addAddress('::', 'ipv6');

/** Finds the first environment variable that sets an SDK endpoint on this machine, e.g. `AWS_ENDPOINT_URL`. */
export function findLocalEndpoint(
  environment: Readonly<Record<string, string | undefined>>,
): { readonly name: string; readonly value: string } | undefined {
  for (const [name, value] of Object.entries(environment)) {
    if (!/^AWS_ENDPOINT_URL(_|$)/.test(name) || value === undefined || !URL.canParse(value)) continue;
    if (isThisMachine(new URL(value).hostname)) return { name, value };
  }
  return undefined;
}

/** Why a stage of the real AWS must not be used with these environment variables, for a person; `undefined` if it may. */
export function whyNotRealAws(
  stage: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const found = findLocalEndpoint(environment);
  return (
    found &&
    `The environment variable ${found.name} points at local AWS (${found.value}), and stage "${stage}" is not local. Use --stage local, or a shell that has not sourced .local-aws/env.`
  );
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
      // RFC 6761, section 6.3: all names below `localhost` mean the loopback address. A final dot changes nothing.
      return /(^|\.)localhost\.?$/.test(hostname);
  }
}
