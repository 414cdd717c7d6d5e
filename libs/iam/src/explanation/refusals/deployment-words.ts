import type { RefusalWords } from './refusal-words.ts';

const IAM_QUOTAS = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html';
const POLICY_GRAMMAR = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html';
const STACK_EVENTS =
  'aws cloudformation describe-stack-events --stack-name <stack> --query "reverse(StackEvents)[?contains(ResourceStatus, \'FAILED\')].[LogicalResourceId,ResourceStatusReason]"';

/** What IAM, Lambda, API Gateway and CloudFormation say if they do not store or deploy something. */
export const deploymentWords = {
  'statement ID taken': {
    says: /statement id \(([^)]+)\) provided already exists/i,
    means:
      'The policy of the function has a statement with this ID, and AddPermission replaces none. An ID counts once in the policy of a function, a version or an alias.',
    advice: [
      'Look at what the statement allows: aws lambda get-policy --function-name <name>. If it is the permission that you want to give, there is nothing to do.',
      'If not, give another statement ID, or first remove the statement: aws lambda remove-permission --function-name <name> --statement-id <ID>. In Terraform, a new ID with each change (statement_id_prefix) avoids the conflict.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html',
  },
  'trust policy too long': {
    says: /quota for ACLSizePerRole: ?(\d+)/i,
    means:
      'The trust policy would have more characters than the account allows. Spaces do not count. Every account has 2048.',
    advice: [
      'Shorten it: one statement for the account with a condition on aws:PrincipalArn, or a value with * (StringLike, ArnLike), instead of a list. Remove principals that no longer exist.',
      'Or request a higher quota "Role trust policy length" in Service Quotas.',
    ],
    tellsCause: true,
    source: IAM_QUOTAS,
  },
  'too many policies': {
    says: /quota for (?:Attached)?PoliciesPer(?:Role|User|Group): ?(\d+)/i,
    means: 'The role, user or group has as many managed policies as the account allows.',
    advice: [
      'Combine policies, or put statements into an inline policy of the role, which does not count. For a role or user, the quota can be raised in Service Quotas ("Managed policies per role").',
    ],
    tellsCause: true,
    source: IAM_QUOTAS,
  },
  'policy too long': {
    says: /(?:quota for PolicySize:|maximum policy size of) ?(\d+)/i,
    means:
      'The policy would have more characters than IAM stores: 6144 in a managed policy; in all inline policies together 10240 of a role, 5120 of a group and 2048 of a user. Spaces do not count. Nobody can raise these.',
    advice: [
      'Write one statement for several resources with *, and remove what the role does not use. Divide the rest into several managed policies.',
    ],
    tellsCause: true,
    source: IAM_QUOTAS,
  },
  'resource in trust policy': {
    says: /has prohibited field resource/i,
    means:
      'The trust policy has an element Resource, which no trust policy has: it says who may assume the role, and not what the role may do.',
    advice: [
      'Give create-role a trust policy: Principal, and the Action sts:AssumeRole. Store this document as a policy of the role: aws iam put-role-policy --role-name <role> --policy-name <name> --policy-document file://<file>',
    ],
    tellsCause: true,
    source: POLICY_GRAMMAR,
  },
  'policy without resource': {
    says: /policy statement must contain resources/i,
    means:
      'A statement names no resource: Resource is missing, or its list is empty because a variable of the template has no value.',
    advice: [
      'Name at least one ARN in each statement. If there is none, leave the statement out, and the policy if it has no other one.',
      "A statement about who may assume a role has no Resource: it belongs into the role's trust policy.",
    ],
    tellsCause: true,
    source: POLICY_GRAMMAR,
  },
  'resource without ARN': {
    says: /resource (\S*) ?must be in ARN format or "\*"/i,
    means:
      'A statement names a resource that is not an ARN, or nothing: a variable of the template has no value.',
    advice: [
      'Write arn:<partition>:<service>:<region>:<account>:<resource>, with a part left empty where the service has none, and look at what the template put there.',
    ],
    tellsCause: true,
    source: POLICY_GRAMMAR,
  },
  'policy syntax': {
    says: /the policy failed legacy parsing|syntax errors in policy/i,
    means:
      'The document is not in the policy language: an element is misspelled, an ARN has too few parts, or a variable of the template has no value. IAM does not say where.',
    advice: [
      'Let IAM Access Analyzer find the place: aws accessanalyzer validate-policy --policy-type IDENTITY_POLICY --policy-document file://<file> (for a trust policy: RESOURCE_POLICY).',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-validation.html',
  },
  'role exists': {
    says: /role with name (\S+) already exists|Role - (\S+) already exists/i,
    means:
      'The account has a role of this name, which something else created: another stack, a deployment that failed or was removed but kept the role, or the same service in another region (IAM has one list for all regions).',
    advice: [
      'Look at who uses it: aws iam get-role --role-name <name> shows its tags and its last use. If nobody does, delete it, and deploy again.',
      'If it is used, give the role of the template another name, with the stage or the region in it, or none: then CloudFormation makes one.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html',
  },
  'resource exists': {
    says: /Resource of type \\?'([\w:]+)\\?' with identifier .{1,200} already exists/i,
    means:
      'The account has a resource of this type and name in this region, which the stack did not make. Mostly an earlier stack or deployment left it. A log group is also made by Lambda, when the function runs before its stack has one.',
    advice: [
      'If nobody needs it, delete it, and deploy again. A log group with its log: aws logs delete-log-group --log-group-name <name>',
      'If it is needed, let the stack take it over: aws cloudformation create-change-set --stack-name <stack> --change-set-name take-over --template-body file://<file> --import-existing-resources. The resource needs a DeletionPolicy and the name in the template.',
      'Or leave the name out of the template: then CloudFormation makes one. If two stages or stacks of an account want it, put the stage into the name.',
    ],
    tellsCause: true,
    source:
      'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html',
  },
  'role missing': {
    says: /the role with name (\S+) cannot be found/i,
    means:
      'The account of these credentials has no role of this name. The name has no path and is not the ARN.',
    advice: [
      'Compare the account (aws sts get-caller-identity) and the name (aws iam list-roles --query "Roles[].RoleName"). If the role was deleted, deploy the stack that makes it.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html',
  },
  'stack rolled back': {
    says: /is in ROLLBACK_(?:COMPLETE|FAILED) state and can ?not be updated/i,
    means:
      'The creation of the stack failed before, and was rolled back. CloudFormation can only delete such a stack.',
    advice: [
      `Find the cause first, or the next creation fails, too: ${STACK_EVENTS}`,
      'Then delete the stack, and deploy again: aws cloudformation delete-stack --stack-name <stack>',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html',
  },
  'export missing': {
    says: /no export named (\S+) found/i,
    means:
      'The template imports a value (Fn::ImportValue), and no stack of this account and region exports it by this name. Exports do not reach into other accounts or regions.',
    advice: [
      'Deploy the stack that exports it first, and compare the names: aws cloudformation list-exports --query "Exports[].Name"',
      'A value of another account or region is passed as a parameter.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html',
  },
  'export in use': {
    says: /export (\S+) (?:cannot be (?:deleted|updated) )?as it is in use by/i,
    means: 'Another stack imports this value, so CloudFormation neither changes nor removes it.',
    advice: [
      'Deploy the importing stack first, with a fixed value or without the import: aws cloudformation list-imports --export-name <name> names it. Then change or remove the export.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html',
  },
  'concurrent modification': {
    says: /unable to complete operation due to concurrent modification/i,
    means:
      'Two changes of one API arrived at the same time, and API Gateway made only one. No policy is at fault.',
    advice: [
      'Make the change again, one after the other: with Terraform, a newer AWS provider repeats it, and -parallelism=1 avoids it. In a template, DependsOn gives an order.',
    ],
    tellsCause: true,
    source: 'https://github.com/hashicorp/terraform-provider-aws/issues/776',
  },
  'VPC endpoints of a public API': {
    says: /VPCEndpoints can only be specified with PRIVATE apis/i,
    means: 'VPC endpoints were given to an API that is not private.',
    advice: [
      'Give the endpoint configuration the type PRIVATE together with the VPC endpoints; an OpenAPI document alone cannot set the type.',
    ],
    tellsCause: true,
    source: 'https://github.com/aws/aws-cdk/issues/9588',
  },
} as const satisfies Readonly<Record<string, RefusalWords>>;
