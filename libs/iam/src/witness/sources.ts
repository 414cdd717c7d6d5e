import { accountOf, parseArn } from '../arn.ts';
import type { ConditionKeys } from '../decision/principal-context.ts';
import { chosen, distinct, fresh, joined, nameIn, owning, samplesFor, within } from './groups.ts';
import type { KeyChoices, PossibleRequestsOptions } from './kinds.ts';
import { membershipsOf } from './memberships.ts';
import { type FormPart, freeParts, textForm } from './sample.ts';

/** For whom a service acts. */
export function sources(options: PossibleRequestsOptions): KeyChoices {
  const { requester, knownAccounts } = options;
  const owns = owning(
    'aws:sourcearn',
    'aws:sourceaccount',
    'aws:sourceorgid',
    'aws:sourceorgpaths',
    'aws:sourceowner',
  );
  if (requester.kind !== 'service') return { owns, options: [{ context: {} }] };
  const { of } = requester;
  const [first = ''] = fresh.accounts;
  const orgKeys = ['aws:SourceOrgID', 'aws:SourceOrgPaths'] as const;
  const memberships =
    of === 'anybody' || 'accountId' in of
      ? membershipsOf(options, orgKeys, 'anybody')
      : membershipsOf(options, orgKeys, of);
  const account = typeof of === 'object' && 'accountId' in of ? of.accountId : undefined;
  const accountHole = account ?? freeParts.account;
  const known = new Set([knownAccounts.accountId, ...knownAccounts.callerAccounts]);
  const accounts =
    account === undefined
      ? [
          first,
          ...chosen(
            samplesFor(options, ['aws:sourceaccount', 'aws:sourceowner'], textForm(freeParts.account)),
          ),
        ].filter((each) => !known.has(each))
      : [account];
  const arn = (...parts: readonly FormPart[]) =>
    samplesFor(
      options,
      ['aws:sourcearn'],
      textForm(`arn:${knownAccounts.partition}:`, freeParts.word, ...parts, ':', freeParts.resource),
    );
  const ofAccount = joined([arn(':', freeParts.region, ':', accountHole), arn('::', accountHole)]);
  // Such as that of a bucket.
  const ofNobody = joined([arn(':', freeParts.region, ':'), arn('::')]);
  // Of an account that is named, a source that is named is one resource.
  const partOf = account === undefined ? ownerIn : nameIn;
  const arns = distinct([...chosen(ofAccount, partOf), ...chosen(ofNobody)]);
  const named: ConditionKeys[] = accounts.flatMap((each) => [
    { 'aws:SourceAccount': each },
    {
      'aws:SourceAccount': each,
      'aws:SourceArn': `arn:${knownAccounts.partition}:execute-api:us-east-1:${each}:outsider00/stage/GET/`,
    },
    { 'aws:SourceAccount': each, 'aws:SourceArn': `arn:${knownAccounts.partition}:s3:::outsider` },
  ]);
  const ofArns: ConditionKeys[] = arns.flatMap((each) =>
    (accountOf(each) === '' ? accounts : [accountOf(each)]).map((owner) => ({
      'aws:SourceAccount': owner,
      'aws:SourceArn': each,
    })),
  );
  // Not every service says for whom it acts. Some send `aws:SourceOwner`, the older name.
  const sent = [...named, ...ofArns].flatMap((keys): readonly ConditionKeys[] => {
    const { 'aws:SourceAccount': owner = '', ...source } = keys;
    return [keys, { ...keys, 'aws:SourceOwner': owner }, ...(account === undefined ? [source] : [])];
  });
  const all = sent.flatMap((context) =>
    memberships.map((each) => ({ context: { ...each.context, ...context } })),
  );
  return { owns, options: within(options, all) };
}

/** Who owns the source of a service's request: the account, and the API, whose ID AWS assigns. */
function ownerIn(arn: string): string {
  const isApi = parseArn(arn).service === 'execute-api';
  return isApi ? (nameIn(arn).split('/')[0] ?? '') : accountOf(arn);
}
