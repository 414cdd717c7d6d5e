import { decide, type NamedPolicy, parseArn } from '@cross-account-api/iam';
import {
  type GuardedPolicy,
  judgeStatement,
  type StatementJudgement,
  type Witness,
  workBudget,
} from '@cross-account-api/iam/witness';
import { apiGatewayService } from '../../call/pair.ts';
import { type Judged, together } from './endings.ts';
import type { FunctionUrl, ReviewFacts } from './facts.ts';
import { bySeverity, type Finding, type ReviewChange, statementFinding } from './finding.ts';
import { guardedFunction, guardedUrl, urlActions } from './guarded-policies.ts';
import { admittedBy, exampleOf } from './outsiders.ts';
import { allowStatementsOf, type PlacedStatement, valuesOf, withCondition } from './statements.ts';

const SERVICES = 'https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html';
const ACCOUNTS = 'https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-cross-account.html';
const URLS = 'https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html';

/** Reviews whether the functions behind the API can be invoked past its authorization. */
export function reviewFunctionPolicies(facts: ReviewFacts): Judged {
  const { api, functionPolicies, functionUrls } = facts;
  if (api === undefined) return { findings: [], statements: [] };
  return together(
    [...functionPolicies].flatMap(([functionArn, policy]) =>
      allowStatementsOf(policy).map((placed) =>
        reviewStatement(facts, functionArn, policy, placed, functionUrls?.get(functionArn) ?? 'unread'),
      ),
    ),
  );
}

function reviewStatement(
  facts: ReviewFacts,
  functionArn: string,
  policy: NamedPolicy,
  placed: PlacedStatement,
  url: FunctionUrl,
): Judged {
  const guarded = guardedFunction(facts, functionArn, policy);
  const { accountId } = parseArn(functionArn);
  const about = { where: placed.where, accountId, statement: placed.statement };
  const budget = workBudget();
  const direct = judgeStatement(guarded, placed.statement, budget);
  if (direct.kind === 'open') {
    const finding = openFunction(facts, functionArn, placed, guarded, direct);
    return { findings: [finding], statements: [{ ...about, ending: 'finding' }] };
  }
  // A URL that was not read, or that somebody makes later, can have either type.
  const types = url === 'NONE' || url === 'AWS_IAM' ? [url] : (['NONE', 'AWS_IAM'] as const);
  const endings = types.map((authType) => {
    const ending = judgeStatement(guardedUrl(guarded, functionArn, authType), placed.statement, budget);
    return { authType, ending };
  });
  const open = endings.flatMap(({ authType, ending }) =>
    ending.kind === 'open' && hasBothPermissions(policy, functionArn, authType, ending.witnesses[0])
      ? [{ authType, ending }]
      : [],
  );
  const [first] = open;
  if (first !== undefined && url === 'unread') {
    const reason = `it opens a URL of the function, and whether there is one was not read (lambda:GetFunctionUrlConfig on ${functionArn})`;
    return { findings: [], statements: [{ ...about, ending: 'unread', reason }] };
  }
  if (first !== undefined) {
    const finding = openUrl(functionArn, placed, guarded, first.ending, url);
    return { findings: [finding], statements: [{ ...about, ending: 'finding' }] };
  }
  const all = [direct, ...endings.map(({ ending }) => ending)];
  const unread = all.flatMap((each) => (each.kind === 'unread' ? [each.reason] : []));
  if (unread.length > 0) {
    return {
      findings: [],
      statements: [{ ...about, ending: 'unread', reason: [...new Set(unread)].join('; ') }],
    };
  }
  const isElsewhere = all.every(({ kind }) => kind === 'elsewhere');
  return { findings: [], statements: [{ ...about, ending: isElsewhere ? 'elsewhere' : 'narrow' }] };
}

/** Whether the policy as a whole allows both actions that a request to a URL needs. */
function hasBothPermissions(
  policy: NamedPolicy,
  functionArn: string,
  authType: 'NONE' | 'AWS_IAM',
  { request }: Witness,
): boolean {
  const identity = [
    {
      name: 'everything',
      document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
    },
  ];
  return urlActions(functionArn, authType).every(
    ({ action, context }) =>
      decide(
        { ...request, action, context: { ...request.context, ...context }, resourcePolicy: policy },
        { identity, serviceControl: [], resourceControl: [] },
      ).allowed,
  );
}

type Open = Extract<StatementJudgement, { kind: 'open' }>;

function worstOf({ witnesses }: Open, guarded: GuardedPolicy) {
  return witnesses
    .map((witness) => ({ witness, admitted: admittedBy(witness, guarded.knownAccounts) }))
    .toSorted((a, b) => bySeverity(a.admitted, b.admitted))[0];
}

function openFunction(
  { api }: ReviewFacts,
  functionArn: string,
  placed: PlacedStatement,
  guarded: GuardedPolicy,
  ending: Open,
): Finding {
  const { accountId, name, partition } = parseArn(functionArn);
  const worst = worstOf(ending, guarded);
  const { request } = worst?.witness ?? ending.witnesses[0];
  const isInvoke = request.action === 'lambda:InvokeFunction';
  const isGateway = services(placed.statement).includes(apiGatewayService.service);
  const isPublic = worst?.admitted.isPublic === true;
  const consequence = isGateway
    ? `whoever makes an API calls the function, and IAM is not asked.`
    : isInvoke
      ? 'past the API, whose authorization is not asked.'
      : 'which is more than to call it.';
  const source = `arn:${partition}:execute-api:${api?.region}:${api?.accountId}:${api?.apiId}/*`;
  const who = isGateway && isPublic ? 'API Gateway, for any API of any AWS account,' : worst?.admitted.who;
  return statementFinding(placed, {
    code: 'open-function',
    severity: worst?.admitted.severity ?? 'high',
    accountId,
    message: `${who} may ${isInvoke ? `invoke ${name}` : `take ${request.action} on ${name}`}${isGateway ? ': ' : ', '}${consequence}`,
    witness: exampleOf({ outsider: ending.witnesses[0].outsider, request }, placed.policy),
    ...(isPublic && { isPublic: true }),
    aliases: isPublic ? ['prowler: awslambda_function_not_publicly_accessible'] : [],
    change: changeOf(functionArn, placed, source, api?.apiId, isGateway || isEverybody(placed)),
    proof: { kind: 'unproven' },
    documentation: isGateway || services(placed.statement).length > 0 ? SERVICES : ACCOUNTS,
  });
}

function openUrl(
  functionArn: string,
  placed: PlacedStatement,
  guarded: GuardedPolicy,
  ending: Open,
  url: FunctionUrl,
): Finding {
  const { accountId, name } = parseArn(functionArn);
  const worst = worstOf(ending, guarded);
  const isMissing = url === 'missing';
  const isPublic = !isMissing && worst?.admitted.isPublic === true;
  return statementFinding(placed, {
    code: 'public-function-url',
    severity: isMissing ? 'medium' : (worst?.admitted.severity ?? 'high'),
    accountId,
    message: isMissing
      ? `${worst?.admitted.who} may call the URL of ${name} as soon as somebody makes one: it has none now.`
      : `${worst?.admitted.who} may call ${name} through its URL, past the API, whose authorization is not asked.`,
    witness: exampleOf(ending.witnesses[0], placed.policy),
    ...(isPublic && { isPublic: true }),
    aliases: ['prowler: awslambda_function_url_public'],
    change: {
      text: `Remove the permission${isMissing ? '' : ', and delete the URL if nobody needs it'}.`,
      statements: [],
      command: removal(functionArn, placed),
    },
    proof: { kind: 'unproven' },
    documentation: URLS,
  });
}

/** The change of a permission that lets outsiders invoke the function. */
function changeOf(
  functionArn: string,
  placed: PlacedStatement,
  source: string,
  apiId: string | undefined,
  isForApi: boolean,
): ReviewChange {
  const { statement } = placed;
  if (isForApi) {
    const { NotPrincipal: _, Condition: _condition, ...rest } = statement;
    const own = {
      ...rest,
      Action: 'lambda:InvokeFunction',
      Principal: { Service: apiGatewayService.service },
    };
    return {
      text: 'Replace the permission by one for this API.',
      statements: [withCondition(own, 'ArnLike', 'aws:SourceArn', source)],
      command: `aws lambda add-permission --function-name ${functionArn} --statement-id ${apiId}-invokes --action lambda:InvokeFunction --principal ${apiGatewayService.service} --source-arn '${source}' && ${removal(functionArn, placed)}`,
    };
  }
  return {
    text: 'Remove the permission, if nobody needs it. Otherwise, limit it to one role, or to the ARN and the account of one source.',
    statements: [],
    command: removal(functionArn, placed),
  };
}

function removal(functionArn: string, { statement }: PlacedStatement): string {
  return `aws lambda remove-permission --function-name ${functionArn} --statement-id ${String(statement.Sid)}`;
}

function services({ Principal }: PlacedStatement['statement']): readonly string[] {
  return typeof Principal === 'object' && Principal !== null
    ? valuesOf((Principal as { readonly Service?: unknown }).Service)
    : [];
}

function isEverybody({ statement: { Principal, NotPrincipal } }: PlacedStatement): boolean {
  if (Principal === '*' || NotPrincipal !== undefined) return true;
  return valuesOf((Principal as { readonly AWS?: unknown } | undefined)?.AWS).includes('*');
}
