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
      "With AWS's key (aws/lambda), Lambda itself has given the role a grant, which is lost when the role is created again: give the function another role, and then this one again.",
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html',
  },
  'key of KMS': {
    says: /ciphertext refers to a customer master key that does not exist|because the resource does not exist in this Region, no resource-based policies allow access|access to KMS is not allowed/i,
    quotesDenial: true,
    means:
      'The data is encrypted with a key of AWS KMS, and the principal may not use it: a policy of the principal does not allow kms:Decrypt, the policy of the key does not, or the key was deleted or is of another region.',
    advice: [
      'Allow the role or user kms:Decrypt with this key. If the key is of another account, two policies must allow it: that of the key, and one of the role or user.',
      'A key that AWS manages (aws/…) cannot be used by other accounts. Encrypt with a customer managed key instead.',
    ],
    tellsCause: true,
    source:
      'https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html',
  },
  'temporary credentials': {
    says: /cannot call (Get(?:Federation|Session)Token) with session credentials/i,
    means:
      'The client has temporary credentials. Only a user with an access key can call GetSessionToken or GetFederationToken. No policy can allow it.',
    advice: [
      'Use the temporary credentials as they are, or assume a role with them (AssumeRole). A tool that calls these operations needs the access key of a user as its source.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html',
  },
  'too many requests to STS': {
    says: /(?:\bSTS: |\bAssumeRole|\bGetCallerIdentity).{0,250}\bThrottling(?:Exception)?\b/,
    means:
      'STS got more requests of the account in this region than it takes at once. No policy is at fault.',
    advice: [
      'Keep the credentials of a session until shortly before they end, and share them in the process, instead of assuming the role for each call.',
      'Send the request again after a pause that grows. Ask the regional endpoint of STS: each region counts for itself.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html',
  },
  'too many requests to Lambda': {
    says: /^(?!.*ApiGateway).*(?:TooManyRequestsException\b.{0,80}\brate exceeded|\brate exceeded\b.{0,80}TooManyRequestsException)|(?:ConcurrentInvocation|CallerRate|FunctionInvocationRate)LimitExceeded|invoke API (?:action )?failed with (?:this )?message: rate exceeded/i,
    means:
      "Lambda refused the request because there are too many: as many environments run as the function's reserved concurrency or the account's concurrency in the region allows, or there are more requests in a second than Lambda takes. The member Reason of the answer says which. No policy is at fault.",
    advice: [
      'Send the request again after a pause that grows, and send fewer at once.',
      'Compare the two limits: aws lambda get-function-concurrency --function-name <name> (0 lets nothing through) and aws lambda get-account-settings. The concurrency of the account can be raised in Service Quotas.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html',
  },
  'payload too large': {
    says: /RequestEntityTooLarge|\brequest too long\b|payload is too large for the \w+ invocation type|must be smaller than \d+ bytes for the InvokeFunction|HTTP content length exceeded \d+ bytes/i,
    means:
      'The request is larger than Lambda or API Gateway takes. The message has the limit, which nobody can raise. No policy is at fault.',
    advice: [
      'Put the data into a bucket, and send its key, or a presigned URL. Or divide it into several requests.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html',
  },
  'no answer of the integration': {
    saysOnly: /service unavailable/i,
    means:
      'An HTTP API says this if it got no answer of the integration: mostly the function took longer than the timeout of the integration, 30 seconds at most. Then the request was let in, and no policy refused it. A function may say it, too.',
    advice: [
      "Look into the function's log for a request that ran so long or was ended. What takes longer is started by one request, and its result is asked for by another one.",
      'If the log has nothing, the access log of the API says why: $context.integrationErrorMessage in its format.',
    ],
    tellsCause: false,
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html',
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
