import type { ConditionKeys } from '../decision/principal-context.ts';
import { accountIn, chosen, distinct, fresh, groupsOf, nameIn, owning, within } from './groups.ts';
import type { Dimension, WorldOptions } from './kinds.ts';
import { membershipsOf } from './memberships.ts';
import { holes, template } from './sample.ts';

/** For whom a service acts. */
export function sources(options: WorldOptions): Dimension {
  const { who, zone } = options;
  const owns = owning(
    'aws:sourcearn',
    'aws:sourceaccount',
    'aws:sourceorgid',
    'aws:sourceorgpaths',
    'aws:sourceowner',
  );
  if (who.kind !== 'service') return { owns, options: [{ context: {} }] };
  const { of } = who;
  const [first = ''] = fresh.accounts;
  const orgKeys = ['aws:SourceOrgID', 'aws:SourceOrgPaths'] as const;
  const memberships =
    of === 'anybody' || 'accountId' in of
      ? membershipsOf(options, orgKeys, 'anybody')
      : membershipsOf(options, orgKeys, of);
  const account = typeof of === 'object' && 'accountId' in of ? of.accountId : undefined;
  const accountHole = account ?? holes.account;
  const known = new Set([zone.accountId, ...zone.callerAccounts]);
  const accounts =
    account === undefined
      ? [first, ...chosen(groupsOf(options, ['aws:sourceaccount'], template(holes.account)))].filter(
          (each) => !known.has(each),
        )
      : [account];
  const withAccount = groupsOf(
    options,
    ['aws:sourcearn'],
    template(`arn:${zone.partition}:`, holes.word, ':', holes.region, ':', accountHole, ':', holes.resource),
  );
  const global = groupsOf(
    options,
    ['aws:sourcearn'],
    template(`arn:${zone.partition}:`, holes.word, '::', accountHole, ':', holes.resource),
  );
  const ofNobody = groupsOf(
    options,
    ['aws:sourcearn'],
    template(`arn:${zone.partition}:s3:::`, holes.resource),
  );
  // Of an account that is named, a source that is named is one resource.
  const partOf = account === undefined ? ownerIn : nameIn;
  const arns = distinct([...chosen([...withAccount, ...global], partOf), ...chosen(ofNobody)]);
  const sent: ConditionKeys[] = [
    ...accounts.flatMap((each) => [
      { 'aws:SourceAccount': each },
      {
        'aws:SourceAccount': each,
        'aws:SourceArn': `arn:${zone.partition}:execute-api:us-east-1:${each}:outsider00/stage/GET/`,
      },
      { 'aws:SourceAccount': each, 'aws:SourceArn': `arn:${zone.partition}:s3:::outsider` },
    ]),
    ...arns.flatMap((arn) =>
      (accountIn(arn) === '' ? accounts : [accountIn(arn)]).map((each) => ({
        'aws:SourceAccount': each,
        'aws:SourceArn': arn,
      })),
    ),
    // Not every service says for whom it acts.
    ...(account === undefined ? [{}] : []),
  ];
  const all = sent.flatMap((context) =>
    memberships.map((each) => ({ context: { ...each.context, ...context } })),
  );
  return { owns, options: within(options, all) };
}

/** Who owns the source of a service's request: the account, and the API, whose ID AWS assigns. */
function ownerIn(arn: string): string {
  const isApi = arn.split(':')[2] === 'execute-api';
  return isApi ? (nameIn(arn).split('/')[0] ?? '') : accountIn(arn);
}
