import { accountOf } from '../arn.ts';
import type { ImplicitlyDenied, Mismatch } from '../decision/decision.ts';

type Asked = Pick<ImplicitlyDenied, 'principalArn' | 'context' | 'action'>;

/** What is known about a condition key that a request does not meet, beyond the values themselves. */
interface KeyAdvice {
  readonly key: RegExp;
  /** Returns a sentence or more; `undefined` if nothing is known of this request. */
  advice(mismatch: Mismatch, asked: Asked): string | undefined;
}

const isAbsent = ({ actual }: Mismatch) => actual === '(absent)';
const keyOf = ({ element }: Mismatch) => element.split(' ').at(-1) ?? '';
/** The role or user, by its type and name. */
const holderOf = ({ principalArn, context }: Asked): string => {
  const arn = context['aws:PrincipalArn'];
  return typeof arn === 'string' ? arn : principalArn;
};

/** Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
const ofKeys: readonly KeyAdvice[] = [
  {
    key: /^aws:MultiFactorAuth(?:Present|Age)$/i,
    advice: () =>
      'Only a session that a person began with the code of a device has it. A function has no device, so a role that functions assume cannot ask for it.',
  },
  {
    key: /^aws:Source(?:Arn|Account|OrgID|OrgPaths|Owner)$/i,
    advice: (mismatch, { principalArn }) =>
      isAbsent(mismatch) && principalArn.startsWith('arn:')
        ? 'AWS sends it only if a service acts for a resource (a Principal with Service). For a role or user, the condition is on aws:PrincipalAccount, aws:PrincipalArn or aws:PrincipalOrgID.'
        : undefined,
  },
  {
    key: /^aws:(?:CurrentTime|EpochTime)$/i,
    advice: ({ element }) =>
      /LessThan/i.test(element)
        ? 'The time until which it allows has passed.'
        : /GreaterThan/i.test(element)
          ? 'The time from which it allows has not come yet.'
          : undefined,
  },
  {
    key: /^aws:PrincipalTag\//i,
    advice: (mismatch, asked) => {
      const tag = keyOf(mismatch).slice('aws:PrincipalTag/'.length);
      const found = isAbsent(mismatch)
        ? `Neither ${holderOf(asked)} nor its session has the tag ${tag}.`
        : `The tag ${tag} of ${holderOf(asked)}, or of its session, has another value.`;
      return `${found} If it may have access, its administrator gives it the tag (aws iam tag-role or tag-user).`;
    },
  },
  {
    key: /^(?:aws|iam|s3|lambda|apigateway):ResourceTag\//i,
    advice: (mismatch) => {
      const tag = keyOf(mismatch).split('/').slice(1).join('/');
      return `${isAbsent(mismatch) ? `The resource has no tag ${tag}` : `The tag ${tag} of the resource has another value`}. If the permission is meant for it, its owner gives it the tag.`;
    },
  },
  {
    key: /^aws:PrincipalOrg(?:ID|Paths)$/i,
    advice: (mismatch, { principalArn }) =>
      isAbsent(mismatch)
        ? `Account ${accountOf(principalArn)} is in no AWS organization, or the organization was not read.`
        : 'The account is in another AWS organization, or in another part of it.',
  },
  {
    key: /^aws:SourceVpce$/i,
    advice: (mismatch, { action }) =>
      isAbsent(mismatch) && action === 'execute-api:Invoke'
        ? 'The request does not come through a VPC endpoint. Only a private API is called through one.'
        : undefined,
  },
  {
    key: /^aws:RequestedRegion$/i,
    advice: (_, { action }) =>
      action.startsWith('sts:')
        ? 'It is the region whose STS is asked: the caller can ask STS of another region (AWS_REGION, with regional endpoints).'
        : 'It is the region to which the request is sent.',
  },
];

/**
 * What stands behind a condition that a request does not meet, for a key whose value AWS sets.
 * @returns a sentence or more, which ends with a full stop; `undefined` if nothing more than its values is known
 */
export function adviceOnKey(mismatch: Mismatch, asked: Asked): string | undefined {
  const key = keyOf(mismatch);
  return ofKeys.find((each) => each.key.test(key))?.advice(mismatch, asked);
}
