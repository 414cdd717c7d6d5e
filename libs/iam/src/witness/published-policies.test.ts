import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GuardedPolicy } from './guarded-policy.ts';
import { judgeStatement, type StatementJudgement } from './judge-statement.ts';

/* Policies that others published. What they expect of them, and that each statement has an ending. */

type Statement = Readonly<Record<string, unknown>>;
interface Published {
  readonly source: string;
  /** What the other tool says. */
  readonly isPublic?: boolean;
  readonly document: { readonly Statement: Statement | readonly Statement[] };
}
const file = join(import.meta.dirname, '../../test/published-policies.json');
const { policies }: { readonly policies: readonly Published[] } = JSON.parse(
  // API Gateway writes out this short form when it saves a policy.
  readFileSync(file, 'utf8').replaceAll('"execute-api:/', '"arn:aws:execute-api:us-east-1:123456789012:abc/'),
);

const ACCOUNT = '123456789012';
const textsOf = (value: unknown) => [value].flat().filter((each) => typeof each === 'string');
const fill = (text: string) => text.replace(/[*?]+/g, 'x');

/** A guard of what a statement names: the role of a trust policy, or the resource. */
function guardedPolicyOf({ document }: Published, statement: Statement): GuardedPolicy {
  const isTrust = statement.Resource === undefined && JSON.stringify(statement).includes('sts:');
  const resource = isTrust
    ? `arn:aws:iam::${ACCOUNT}:role/invoke`
    : (textsOf(statement.Resource)
        .map(fill)
        .find((each) => /^arn:([^:]*:){4}/.test(each)) ??
      `arn:aws:lambda:us-east-1:${ACCOUNT}:function:orders`);
  const actions = isTrust
    ? ['sts:AssumeRole']
    : textsOf(statement.Action).map((each) => (each === '*' ? 'lambda:InvokeFunction' : fill(each)));
  const askedActions = actions.map((action) => ({ action, resource }));
  return {
    policy: { name: 'published', document },
    knownAccounts: {
      accountId: ACCOUNT,
      partition: 'aws',
      callerAccounts: [],
      organizations: new Map(),
      now: new Date(0),
    },
    ...{ askedActions, serviceActions: isTrust ? [] : askedActions, isForOwnAccount: isTrust, inVpc: false },
    tokenActions: [{ action: 'sts:AssumeRoleWithWebIdentity', resource }],
    anonymousActions: askedActions
      .filter(({ action }) => action === 'lambda:InvokeFunctionUrl')
      .map((askedAction) => ({ ...askedAction, context: { 'lambda:FunctionUrlAuthType': 'NONE' } })),
    ...{ resourceControl: [], serviceControl: new Map() },
  };
}

function endingsOf(published: Published): readonly StatementJudgement[] {
  const statements = [published.document.Statement].flat().filter(({ Effect }) => Effect === 'Allow');
  return statements.map((each) => judgeStatement(guardedPolicyOf(published, each), each));
}

function widest(published: Published): string {
  const kinds = endingsOf(published).map((judgement) =>
    judgement.kind === 'open' ? judgement.witnesses[0].outsider.kind : judgement.kind,
  );
  return (
    ['anybody', 'network', 'organization', 'account', 'names', 'provider'].find((kind) =>
      kinds.some((each) => each === kind),
    ) ??
    kinds[0] ??
    'nothing'
  );
}

/** Where prowler says "not public", and why the engine says more. */
const differences: Readonly<Record<string, string>> = {
  // A network is not everybody, and not nobody.
  test_policy_does_not_allow_public_access_with_condition: 'network',
  test_is_policy_public_with_trusted_ips: 'network',
  // prowler leaves out these services, or this check. The engine does not know that they act for nobody else.
  test_is_policy_public_secrets_manager: 'anybody',
  test_is_policy_public_eks: 'anybody',
  test_is_policy_public_cross_cross_service_confused_deputy_ignored: 'anybody',
};

const ofProwler = policies.flatMap((each) =>
  each.isPublic === undefined ? [] : [[each.source.replace('prowler: ', ''), each.isPublic, each] as const],
);

test.each(ofProwler)(
  'A policy of prowler, %s, is public: %s. The engine agrees, or the difference is known.',
  (name, isPublic, published) => {
    const found = widest(published);
    const known = differences[name];
    if (known !== undefined) expect(found).toBe(known);
    else expect(['anybody', 'network'].includes(found)).toBe(isPublic);
  },
);

test('Each statement of a published policy has an ending, and few are not judged.', () => {
  const endings = policies.flatMap(endingsOf);
  expect(endings.length).toBeGreaterThan(90);
  const unread = endings.flatMap((each) => (each.kind === 'unread' ? [each.reason] : []));
  // Of other services, and of a document that is not in the policy language.
  const known = /kms:(ViaService|CallerAccount)|must be a string|^no request can be made/;
  expect(unread.filter((reason) => !known.test(reason))).toEqual([]);
  expect(unread.length).toBeLessThan(endings.length / 10);
});

test.each([
  ['two roles', 'narrow'],
  ['deny addresses', 'anybody'],
  ['deny private addresses', 'anybody'],
  ['only a VPC', 'network'],
  ['only a VPC endpoint', 'network'],
])('The policy of the documentation of API Gateway for %s is: %s', (name, found) => {
  const published = policies.find(({ source }) => source === `API Gateway: ${name}`);
  expect(published && widest(published)).toBe(found);
});
