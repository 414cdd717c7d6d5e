import { parseArn } from '../../arn.ts';
import { decide } from '../../decision/authorizer.ts';
import type { AuthorizationRequest, Basis, Decision } from '../../decision/decision.ts';
import { isObject } from '../../json.ts';
import { wildcardMatcher } from '../../language/pattern.ts';
import type { NamedPolicy, PolicyDocument, ServicePrincipal } from '../../principal.ts';
import type { PolicyReader, RoleFacts } from './policy-reader.ts';
import { type Circumstances, contextOf, decideAs } from './principals.ts';

/** An action whose caller has a token of an identity provider, and no credentials of AWS. */
export type TokenAction = 'sts:AssumeRoleWithSAML' | 'sts:AssumeRoleWithWebIdentity';

/** Whether the caller of an action has a token of an identity provider, and no credentials of AWS. */
export function isTokenAction(action: string): action is TokenAction {
  return /^sts:AssumeRoleWith(?:SAML|WebIdentity)$/.test(action);
}

/** A condition on what nobody sees who reads policies alone, such as a claim of a token. */
export interface UnseenCondition {
  /** The statement's `Sid`, or its 1-based position as `#1`. */
  readonly statement: string;
  readonly policy: string;
  readonly effect: 'Allow' | 'Deny';
  readonly operator: string;
  readonly key: string;
  readonly expected: string;
}

/** How a trust policy decides about the tokens of one provider. */
export interface TokenVerdict {
  /** The ARN or the name of the provider; `*` for any. */
  readonly provider: string;
  /** `refused` and `admitted` hold for whatever is not seen; `depends` does not. */
  readonly outcome: 'refused' | 'admitted' | 'depends';
  /** Why a token is refused, if no decision says so. A sentence. */
  readonly reason?: string;
  readonly decision: Decision & Basis;
  /** What it depends on. Empty unless it depends. */
  readonly unseen: readonly UnseenCondition[];
}

/** What a trust policy says about tokens, and what it cannot say. */
export interface TokenTrust {
  readonly action: TokenAction;
  readonly roleArn: string;
  /** One for each provider that the trust policy names for the action. Empty: it admits no token by it. */
  readonly verdicts: readonly TokenVerdict[];
  /** What was not judged, as sentences. */
  readonly notJudged: readonly string[];
}

/** Judges by the trust policy of a role who may assume it with a token, provider by provider. */
export async function judgeTokenTrust(
  role: RoleFacts,
  action: TokenAction,
  region: string,
  reader: PolicyReader,
  circumstances: Circumstances,
): Promise<TokenTrust> {
  const verdicts: TokenVerdict[] = [];
  for (const provider of providersIn(role.trust, action)) {
    const principal: ServicePrincipal = { type: 'Service', service: provider };
    const decision = await decideAs(
      { policies: [] },
      {
        principal,
        action,
        resource: role.arn,
        resourceAccountId: parseArn(role.arn).accountId,
        context: contextOf(principal, region, circumstances),
        resourcePolicy: role.trust,
      },
      reader,
    );
    verdicts.push({ provider, ...verdictOnToken(decision) });
  }
  return { action, roleArn: role.arn, verdicts, notJudged: notJudgedOf(action, role.trust) };
}

/** What a decision about a token depends on: the claims of the token, and what else is not known of the request. */
export function verdictOnToken(decision: Decision & Basis): Omit<TokenVerdict, 'provider'> {
  const { request, policies } = decision;
  const { principal, resource, action } = request;
  const provider = principal.type === 'Service' ? principal.service : '';
  const { accountId } = parseArn(provider);
  const base = { decision, unseen: [] };
  if (accountId !== '' && accountId !== parseArn(resource).accountId) {
    const reason = `STS asks the providers of the role's own account, and this one is of account ${accountId}.`;
    return { ...base, outcome: 'refused', reason };
  }
  const isSaml = action === 'sts:AssumeRoleWithSAML';
  if (provider !== '*' && isSaml !== /:saml-provider\//.test(provider)) {
    const reason = `It issues ${isSaml ? 'tokens of OpenID Connect, and no assertions of SAML' : 'assertions of SAML, and no tokens of OpenID Connect'}.`;
    return { ...base, outcome: 'refused', reason };
  }
  const isUnseen = unseenKeys(request, provider);
  const decideWith = (change: (document: PolicyDocument) => PolicyDocument) => {
    const changed = (policy: NamedPolicy) => ({ ...policy, document: change(policy.document) });
    const { resourcePolicy } = request;
    return decide(
      { ...request, resourcePolicy: resourcePolicy && changed(resourcePolicy) },
      { ...policies, resourceControl: (policies.resourceControl ?? []).map(changed) },
    ).allowed;
  };
  if (!decideWith((document) => withoutUnseen(document, isUnseen, 'Allow'))) {
    return { ...base, outcome: 'refused' };
  }
  if (decideWith((document) => withoutUnseen(document, isUnseen, 'Deny'))) {
    return { ...base, outcome: 'admitted' };
  }
  return { ...base, outcome: 'depends', unseen: unseenConditions(decision, isUnseen) };
}

/** The keys that a token or its caller can set, and that nobody gave. Every other absent key is absent in a request with a token, too. */
function unseenKeys({ context }: AuthorizationRequest, provider: string): (key: string) => boolean {
  const known = new Set(Object.keys(context).map((key) => key.toLowerCase()));
  const host = /:oidc-provider\/(.+)$/.exec(provider)?.[1] ?? provider;
  const claims = (/:saml-provider\//.test(provider) ? 'saml:' : `${host}:`).toLowerCase();
  const ofRequest =
    /^(?:sts:(?:rolesessionname|sourceidentity|transitivetagkeys)|aws:(?:tagkeys|requesttag\/.*|sourceip|vpcsourceip|sourcevpce?|useragent|referer))$/;
  return (key) => {
    const name = key.toLowerCase();
    if (known.has(name)) return false;
    return (
      name.startsWith(claims) || ofRequest.test(name) || (provider === '*' && /^[^:]*[./]|^saml:/.test(name))
    );
  };
}

/**
 * A document in which what is not seen is met where it helps.
 * @param helped `Allow`: every condition of an Allow on it is met, and none of a Deny. `Deny`: the other way round
 */
function withoutUnseen(
  document: PolicyDocument,
  isUnseen: (key: string) => boolean,
  helped: 'Allow' | 'Deny',
): PolicyDocument {
  const Statement = [document.Statement].flat().flatMap((statement) => {
    if (!isObject(statement) || !isObject(statement.Condition)) return [statement];
    const conditions = Object.entries(statement.Condition).map(([operator, keys]) => {
      const all = Object.entries(isObject(keys) ? keys : {});
      return [
        operator,
        Object.fromEntries(all.filter(([key]) => !isUnseen(key))),
        all.some(([key]) => isUnseen(key)),
      ] as const;
    });
    if (!conditions.some(([, , hasUnseen]) => hasUnseen)) return [statement];
    if (statement.Effect !== helped) return [];
    const kept = conditions.filter(([, keys]) => Object.keys(keys).length > 0);
    const { Condition: _, ...rest } = statement;
    return [
      kept.length === 0
        ? rest
        : { ...rest, Condition: Object.fromEntries(kept.map(([operator, keys]) => [operator, keys])) },
    ];
  });
  // A policy without a statement cannot be read, and says nothing.
  return { ...document, Statement: Statement.length === 0 ? [SAYS_NOTHING] : Statement };
}

const SAYS_NOTHING = {
  Effect: 'Deny',
  Principal: { Service: 'nobody.invalid' },
  Action: 'sts:None',
  Resource: '*',
};

/** The conditions on what is not seen, of the statements that are about the request but for their conditions. */
function unseenConditions(
  { consulted }: Decision,
  isUnseen: (key: string) => boolean,
): readonly UnseenCondition[] {
  return consulted.flatMap(({ policy, statements }) =>
    statements
      .filter(({ mismatches }) => mismatches.every(({ element }) => element.startsWith('condition ')))
      .flatMap(({ statement, effect, source: { Condition } }) =>
        Object.entries(isObject(Condition) ? Condition : {}).flatMap(([operator, keys]) =>
          Object.entries(isObject(keys) ? keys : {})
            .filter(([key]) => isUnseen(key))
            .map(([key, expected]) => ({
              ...{ statement, policy, effect, operator, key },
              expected: [expected].flat().join(', '),
            })),
        ),
      ),
  );
}

/** The providers to which a trust policy allows an action. Those of a wildcard are `*`. */
function providersIn({ document }: NamedPolicy, action: TokenAction): readonly string[] {
  const found = [document.Statement].flat().flatMap((statement) => {
    if (!isObject(statement) || statement.Effect !== 'Allow') return [];
    if (!allowsAction(statement, action)) return [];
    const { Principal } = statement;
    if (Principal === '*') return ['*'];
    if (!isObject(Principal)) return [];
    const everybody = [Principal.AWS].flat().includes('*') ? ['*'] : [];
    return [...everybody, ...[Principal.Federated].flat().filter((each) => typeof each === 'string')];
  });
  return [...new Set(found)];
}

function allowsAction({ Action, NotAction }: Readonly<Record<string, unknown>>, action: string): boolean {
  const matches = (patterns: unknown) =>
    [patterns].flat().some((pattern) => wildcardMatcher(String(pattern).toLowerCase())(action.toLowerCase()));
  return NotAction === undefined ? matches(Action) : !matches(NotAction);
}

/** What no policy says. Sources: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html and …WithWebIdentity.html */
export function notJudgedOf(action: TokenAction, trust: NamedPolicy | undefined): readonly string[] {
  const isSaml = action === 'sts:AssumeRoleWithSAML';
  const token = isSaml ? 'assertion' : 'token';
  const admitsTags = [trust?.document.Statement]
    .flat()
    .some((each) => isObject(each) && each.Effect === 'Allow' && allowsAction(each, 'sts:TagSession'));
  return [
    isSaml
      ? 'The assertion was not seen: whether it names this role and provider (the attribute https://aws.amazon.com/SAML/Attributes/Role), whether it was signed with a key of the metadata of the provider, and whether it has expired.'
      : 'The token was not seen: its iss, aud and sub, whether it was signed with a key of its issuer, and whether it has expired.',
    `The provider was not read: whether it exists in the account${isSaml ? ', with metadata that are valid' : ', and has the aud of the token among its client IDs'}.`,
    admitsTags
      ? ''
      : `If the ${token} has session tags, STS also asks for sts:TagSession, which the trust policy does not allow.`,
  ].filter((sentence) => sentence !== '');
}
