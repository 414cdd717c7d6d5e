import { isArn, parseArn, wildcardMatcher } from '@cross-account-api/iam';
import { resourcesOfAction } from '@cross-account-api/iam/aws';
import type { HolderFacts } from '@cross-account-api/iam/explanation';
import type { ReviewFacts } from './facts.ts';
import { filled, leftBy, otherNames, reachOf, serviceControlOf } from './reach.ts';
import { allowStatementsOf, type PlacedStatement, type StatementJson, valuesOf } from './statements.ts';

/**
 * Actions that together give further permissions to whoever may take them, by their source: the ID of a path of
 * https://pathfinding.cloud (Datadog, Apache-2.0, data of 2025-12-17), or the name of a method of cloudsplaining
 * (https://github.com/salesforce/cloudsplaining, cloudsplaining/shared/constants.py, BSD-3-Clause). Sets that contain another one are left out,
 * and sts:AssumeRole, which other findings are about.
 */
const table = `
  apprunner-001: iam:PassRole apprunner:CreateService
  apprunner-002: apprunner:UpdateService
  bedrock-002: bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter
  cloudformation-001: iam:PassRole cloudformation:CreateStack
  cloudformation-002: cloudformation:UpdateStack
  cloudformation-003: iam:PassRole cloudformation:CreateStackSet cloudformation:CreateStackInstances
  cloudformation-004: iam:PassRole cloudformation:UpdateStackSet
  cloudformation-005: cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet
  codebuild-002: codebuild:StartBuild
  codebuild-003: codebuild:StartBuildBatch
  datapipeline-001: iam:PassRole datapipeline:CreatePipeline datapipeline:PutPipelineDefinition datapipeline:ActivatePipeline
  ec2-001: iam:PassRole ec2:RunInstances
  ec2-002: ec2:ModifyInstanceAttribute ec2:StopInstances ec2:StartInstances
  ec2-003: iam:PassRole ec2:RequestSpotInstances
  ec2-004: ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate
  ec2instanceconnect-003: ec2-instance-connect:SendSSHPublicKey ec2:DescribeInstances
  ecs-003: iam:PassRole ecs:RegisterTaskDefinition ecs:CreateService
  ecs-004: iam:PassRole ecs:RegisterTaskDefinition ecs:RunTask
  ecs-005: iam:PassRole ecs:RegisterTaskDefinition ecs:StartTask
  glue-001: iam:PassRole glue:CreateDevEndpoint
  glue-002: glue:UpdateDevEndpoint
  glue-003: iam:PassRole glue:CreateJob glue:StartJobRun
  glue-004: iam:PassRole glue:CreateJob glue:CreateTrigger
  glue-005: iam:PassRole glue:UpdateJob glue:StartJobRun
  glue-006: iam:PassRole glue:UpdateJob glue:CreateTrigger
  iam-001: iam:CreatePolicyVersion
  iam-002: iam:CreateAccessKey
  iam-004: iam:CreateLoginProfile
  iam-005: iam:PutRolePolicy
  iam-006: iam:UpdateLoginProfile
  iam-007: iam:PutUserPolicy
  iam-008: iam:AttachUserPolicy
  iam-009: iam:AttachRolePolicy
  iam-010: iam:AttachGroupPolicy
  iam-011: iam:PutGroupPolicy
  iam-012: iam:UpdateAssumeRolePolicy
  iam-013: iam:AddUserToGroup
  lambda-001: iam:PassRole lambda:CreateFunction lambda:InvokeFunction
  lambda-002: iam:PassRole lambda:CreateFunction lambda:CreateEventSourceMapping
  lambda-003: lambda:UpdateFunctionCode
  lambda-006: iam:PassRole lambda:CreateFunction lambda:AddPermission
  sagemaker-001: iam:PassRole sagemaker:CreateNotebookInstance
  sagemaker-002: iam:PassRole sagemaker:CreateTrainingJob
  sagemaker-003: iam:PassRole sagemaker:CreateProcessingJob
  sagemaker-004: sagemaker:CreatePresignedNotebookInstanceUrl
  sagemaker-005: sagemaker:CreateNotebookInstanceLifecycleConfig sagemaker:StopNotebookInstance sagemaker:UpdateNotebookInstance sagemaker:StartNotebookInstance
  ssm-001: ssm:StartSession
  ssm-002: ssm:SendCommand
  SetExistingDefaultPolicyVersion: iam:SetDefaultPolicyVersion
  ECSExecuteCommandOnRunningTask: ecs:ExecuteCommand ecs:DescribeTasks
`;

/** A way to further permissions. */
export interface Escalation {
  /** Where it is described, e.g. `pathfinding.cloud lambda-003`, which is at https://pathfinding.cloud/paths/lambda-003. */
  readonly source: string;
  readonly actions: readonly string[];
}

/** The known ways. */
const escalations: readonly Escalation[] = table
  .trim()
  .split('\n')
  .map((line) => {
    const [source = '', actions = ''] = line.trim().split(': ');
    return {
      source: /-\d{3}$/.test(source) ? `pathfinding.cloud ${source}` : `cloudsplaining ${source}`,
      actions: actions.split(' '),
    };
  });

const allActions: readonly string[] = [...new Set(escalations.flatMap(({ actions }) => actions))];

/** The ways to further permissions of a role or user, by the statements that contribute to them. */
export function escalationsOf(
  facts: ReviewFacts,
  holder: HolderFacts,
): (placed: PlacedStatement) => readonly Escalation[] {
  const known = new Map<StatementJson, ReadonlySet<string>>();
  const actionsBy = (placed: PlacedStatement) => {
    const actions = known.get(placed.statement) ?? actionsOf(facts, holder, placed);
    known.set(placed.statement, actions);
    return actions;
  };
  return (placed) => {
    const own = actionsBy(placed);
    if (own.size === 0) return [];
    const all = new Set(
      holder.policies.flatMap(allowStatementsOf).flatMap((statement) => [...actionsBy(statement)]),
    );
    return escalations.filter(
      ({ actions }) =>
        actions.some((action) => own.has(action)) && actions.every((action) => all.has(action)),
    );
  };
}

/** The actions of the known ways that a role or user may take by one of its statements. */
function actionsOf(facts: ReviewFacts, holder: HolderFacts, placed: PlacedStatement): ReadonlySet<string> {
  const { Action, NotAction, Resource } = placed.statement;
  const patterns = valuesOf(NotAction === undefined ? Action : NotAction).map((each) =>
    wildcardMatcher(each.toLowerCase()),
  );
  const named = allActions.filter(
    (action) => patterns.some((isOne) => isOne(action.toLowerCase())) === (NotAction === undefined),
  );
  const left = leftBy(facts, holder).flatMap((each) => valuesOf(each.Resource));
  const may = reachOf(holder, placed, serviceControlOf(facts, holder));
  return new Set(
    named.filter((action) =>
      resourcesFor(holder, [...valuesOf(Resource), ...left], action).some((resource) =>
        may({ action, resource }),
      ),
    ),
  );
}

/** Resources that an action can be about: those that patterns match, and others of the account. */
function resourcesFor(holder: HolderFacts, patterns: readonly string[], action: string): readonly string[] {
  const { partition, accountId } = parseArn(holder.arn);
  const forms = resourcesOfAction(action) ?? [];
  const others = forms.flatMap((form) => {
    const own = form
      .replace('<Partition>', partition)
      .replace('<Account>', accountId)
      .replace('<Region>', 'us-east-1');
    return otherNames.map((name) => own.replace(/<[^>]+>/g, name));
  });
  const named = patterns
    .flatMap(filled)
    .filter((each) => isArn(each))
    .filter((each) => forms.length === 0 || forms.some((form) => isOfForm(each, form)));
  return [...(forms.length === 0 ? ['*'] : []), ...others, ...named];
}

function isOfForm(arn: string, form: string): boolean {
  return wildcardMatcher(form.replace(/<[^>]+>/g, '*'))(arn);
}

/** The ways in words: at most three of them. */
export function waysText(ways: readonly Escalation[]): string {
  const shown = ways.slice(0, 3).map(({ actions, source }) => `${actions.join(' and ')} (${source})`);
  const more = ways.length - shown.length;
  return `${shown.join('; ')}${more > 0 ? `; and ${more} more ways` : ''}`;
}
