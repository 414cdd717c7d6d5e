import { parseArn } from '@cross-account-api/iam';
import { apiGateway } from '../../call/pair.ts';
import type { ReviewFacts } from './facts.ts';
import { type Finding, statementFinding } from './finding.ts';
import { admits } from './reach.ts';
import { allowStatementsOf, type PlacedStatement, withCondition } from './statements.ts';

/** Reviews whether the functions behind the API can be invoked past its authorization. */
export function reviewFunctionPolicies({ api, functionPolicies }: ReviewFacts): readonly Finding[] {
  if (api === undefined) return [];
  return [...functionPolicies].flatMap(([functionArn, policy]) => {
    const { partition, accountId, name } = parseArn(functionArn);
    const source = `arn:${partition}:execute-api:${api.region}:${api.accountId}:${api.apiId}/*`;
    return allowStatementsOf(policy)
      .filter((placed) => admitsStrangers(placed, functionArn))
      .map((placed) => {
        const { Sid } = placed.statement;
        const permission = `--function-name ${functionArn} --statement-id`;
        const own = { ...placed.statement, Principal: { Service: apiGateway.service } };
        return statementFinding(placed, {
          code: 'open-function',
          severity: 'high',
          accountId,
          message: `API Gateway may invoke ${name} for any API, of any AWS account: whoever makes one calls the function, and IAM is not asked.`,
          change: {
            text: 'Replace the permission by one for this API.',
            statements: [withCondition(own, 'ArnLike', 'aws:SourceArn', source)],
            command: `aws lambda add-permission ${permission} ${api.apiId}-invokes --action lambda:InvokeFunction --principal ${apiGateway.service} --source-arn '${source}' && aws lambda remove-permission ${permission} ${String(Sid)}`,
          },
          proof: { kind: 'unproven' },
          documentation: 'https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html',
        });
      });
  });
}

/** Whether API Gateway may invoke the function for the API of an account of which nothing is known. */
function admitsStrangers(placed: PlacedStatement, functionArn: string): boolean {
  const context = {
    'aws:SourceArn': 'arn:aws:execute-api:us-east-1:000000000000:another/stage/GET/',
    'aws:SourceAccount': '000000000000',
  };
  const need = { action: 'lambda:InvokeFunction', resource: functionArn };
  return admits(placed, apiGateway, need, () => true, context);
}
