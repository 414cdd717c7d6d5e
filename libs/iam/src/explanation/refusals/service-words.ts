import type { RefusalWords } from './refusal-words.ts';

/** What services say about a request or a deployment that policies do not decide: limits, settings and shapes. */
export const serviceWords = {
  'function key': {
    says: /unable to decrypt the environment variables because kms access was denied/i,
    quotesDenial: true,
    means:
      "The function's role may not decrypt the function's environment variables: it is not about the call.",
    advice: [
      "Allow the role kms:Decrypt with the function's key, in a policy of the role or in the key's policy.",
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html',
  },
  'foreign log': {
    says: /cross-account log access is not allowed/i,
    means:
      "Lambda gives the end of a function's log to principals of its own account only, and the caller of another account asked for it. No policy can allow it. The policies of both accounts did not refuse it.",
    advice: [
      'Invoke without LogType Tail (header X-Amz-Log-Type, option --log-type of the AWS CLI). Read the log in the account of the function.',
    ],
    tellsCause: true,
    source: 'https://github.com/Netflix/bless/pull/8',
  },
  'malformed response': {
    says: /malformed Lambda proxy response/i,
    means:
      'API Gateway invoked the function, so every policy allowed it. What the function returned is not the response of a proxy integration: the caller sees 502 Internal server error.',
    advice: [
      'Return { statusCode: <number>, headers: { <name>: <text> }, body: <text> } and nothing else. The body is a text: JSON.stringify(…) or json.dumps(…) makes one of an object.',
    ],
    tellsCause: true,
    source:
      'https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html',
  },
  'log role': {
    says: /CloudWatch Logs role ARN must be set in account settings/i,
    means:
      'The stage has logging, and API Gateway has no role in this account and region with which it can write to CloudWatch Logs. It is a setting of the account, and not of the API.',
    advice: [
      'Create a role that apigateway.amazonaws.com may assume, with the policy arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs. Then: aws apigateway update-account --patch-operations op=replace,path=/cloudwatchRoleArn,value=<ARN of the role>',
      'Or switch the logging of the stage off.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html',
  },
  'missing capabilities': {
    says: /requires capabilities ?: ?\[([\w, ]+)\]/i,
    means:
      'The template creates or changes roles or policies, or has macros, and CloudFormation wants an acknowledgement. It is not about permissions.',
    advice: [
      'Give --capabilities CAPABILITY_IAM when the change set is created (aws cloudformation deploy, create-change-set or create-stack), or CAPABILITY_NAMED_IAM if a role has a name. In an action of CodePipeline, it is Capabilities.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html',
  },
  'function policy too long': {
    says: /final policy size \((\d+)\) is bigger than the limit/i,
    means:
      'The policy of the function would be longer than 20 kB. Each permission (AddPermission, AWS::Lambda::Permission) adds a statement to it. A longer policy cannot be requested.',
    advice: [
      'Combine the permissions of one API: one for all of its routes, with the source ARN arn:aws:execute-api:<region>:<account>:<api>/<stage>/*, instead of one for each route.',
      'Remove statements of APIs and rules that no longer exist: aws lambda get-policy lists them, aws lambda remove-permission removes one.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html',
  },
  'protected role': {
    says: /cannot perform the operation on the protected role '([^']+)'/i,
    means:
      'The role belongs to AWS: IAM Identity Center manages the roles AWSReservedSSO_…, and services manage their service-linked roles. IAM lets nobody else change them. No policy can allow it.',
    advice: [
      'AWSReservedSSO_…: change the permission set in IAM Identity Center. It writes the policies into the role in each account.',
      'A service-linked role (AWSServiceRoleFor…) stays as it is: use a role of your own.',
      'A script that goes through all roles leaves out the paths /aws-reserved/ and /aws-service-role/.',
    ],
    tellsCause: true,
    source: 'https://repost.aws/knowledge-center/identity-center-aws-reserved-sso',
  },
  'packed policy too large': {
    says: /packed (?:size of session tags|policy) consumes \d+% of (?:the )?allotted space|\bPackedPolicyTooLarge/i,
    means:
      'The session tags and session policies that AssumeRole got are too large together, after STS has packed them. This limit counts in addition to those of each tag and policy, and nobody can raise it.',
    advice: [
      'Send fewer or shorter session tags, and a shorter session policy. Tags that are transitive in a chain of roles count, too.',
      'Name managed policies (PolicyArns) instead of a long session policy in the request.',
    ],
    tellsCause: true,
    source: 'https://repost.aws/knowledge-center/iam-role-aws-sts-error',
  },
} as const satisfies Readonly<Record<string, RefusalWords>>;
