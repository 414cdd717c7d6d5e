import type { ConditionKeys } from '../decision/principal-context.ts';
import { words } from '../words.ts';
import { chosen, distinct, fresh, owning, samplesFor, textsOf, within } from './groups.ts';
import type { KeyChoice, KeyChoices, PossibleRequestsOptions } from './kinds.ts';
import { membershipsOf, namedOrganizations } from './memberships.ts';
import { addressesFor } from './networks.ts';
import { type FormPart, freeParts, type TextForm, textForm } from './sample.ts';

const endpointKeys = words(`
    aws:sourcevpce aws:sourcevpc aws:sourcevpcarn aws:vpcsourceip aws:vpceaccount aws:vpceorgid
    aws:vpceorgpaths
  `);

/** The network of a request: an address on the Internet, or a VPC endpoint. */
export function networkOrigins(options: PossibleRequestsOptions): KeyChoices {
  const { conditionsByKey, origin, requester, inVpc } = options;
  const owns = owning('aws:sourceip', ...endpointKeys);
  if (requester.kind === 'service') return { owns, options: [{ context: {} }] };
  const { anywhere, named } = addressesFor(conditionsByKey.get('aws:sourceip') ?? []);
  const addresses = origin === 'anywhere' ? anywhere : origin === 'named' ? named : [...anywhere, ...named];
  const internet = inVpc ? [] : addresses.map((address) => ({ context: { 'aws:SourceIp': address } }));
  return { owns, options: [...internet, ...endpoints(options)] };
}

interface Placed {
  readonly context: ConditionKeys;
  readonly isNamed: boolean;
}

function endpoints(options: PossibleRequestsOptions): readonly KeyChoice[] {
  const { conditionsByKey, origin, knownAccounts, requester } = options;
  const values = (
    key: string,
    wanted: TextForm,
    usual: string,
    partOf?: (text: string) => string,
  ): Placed[] => {
    if (!conditionsByKey.has(key.toLowerCase())) return [];
    const samples = samplesFor(options, [key], wanted);
    const free = new Set([usual, ...chosen(samples, partOf)]);
    return distinct([usual, ...textsOf(samples)]).map((value) => ({
      context: { [key]: value },
      isNamed: !free.has(value),
    }));
  };
  const ownOf = requester.kind === 'account' ? requester.accountId : (fresh.accounts[0] ?? '');
  const arn = (...rest: readonly FormPart[]) => textForm(`arn:${knownAccounts.partition}:`, ...rest);
  const privateAddresses = () => {
    const { anywhere, named } = addressesFor(conditionsByKey.get('aws:vpcsourceip') ?? []);
    // The owner of a VPC chooses its addresses.
    return conditionsByKey.has('aws:vpcsourceip')
      ? ['10.7.7.7', ...named, ...anywhere].map((address) => ({
          context: { 'aws:VpcSourceIp': address },
          isNamed: false,
        }))
      : [];
  };
  const organization = (): Placed[] => {
    const keys = ['aws:VpceOrgID', 'aws:VpceOrgPaths'] as const;
    if (!keys.some((key) => conditionsByKey.has(key.toLowerCase()))) return [];
    return [
      ...membershipsOf(options, keys, 'anybody').map(({ context }) => ({ context, isNamed: false })),
      ...namedOrganizations(options, ['vpce']).flatMap((organizationId) =>
        membershipsOf(options, keys, { organizationId }).map(({ context }) => ({ context, isNamed: true })),
      ),
    ];
  };
  const parts = [
    values('aws:SourceVpce', textForm('vpce-', freeParts.hex), 'vpce-00000000000000aaa'),
    values('aws:SourceVpc', textForm('vpc-', freeParts.hex), 'vpc-00000000000000aaa'),
    values(
      'aws:SourceVpcArn',
      arn('ec2:', freeParts.region, ':', freeParts.account, ':vpc/vpc-', freeParts.hex),
      `arn:${knownAccounts.partition}:ec2:us-east-1:${ownOf}:vpc/vpc-00000000000000aaa`,
      (text) => text.split('/')[1] ?? '',
    ),
    values('aws:VpceAccount', textForm(freeParts.account), ownOf),
    privateAddresses(),
    organization(),
  ].filter((part) => part.length > 0);
  // Without one of these keys, it does not matter through which endpoint it comes.
  const all = parts.reduce<readonly Placed[]>(
    (before, part) =>
      within(
        options,
        before.flatMap((one) =>
          part.map(({ context, isNamed }) => ({
            context: { ...one.context, ...context },
            isNamed: one.isNamed || isNamed,
          })),
        ),
      ),
    [{ context: {}, isNamed: false }],
  );
  return all.filter(({ isNamed }) => origin === 'all' || isNamed === (origin === 'named'));
}
