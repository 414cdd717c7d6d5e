import { parseArn } from '../../arn.ts';
import { clientWords } from './client-words.ts';
import { deploymentWords } from './deployment-words.ts';
import { gatewayWords } from './gateway-words.ts';
import { networkWords } from './network-words.ts';
import type { RefusalWords } from './refusal-words.ts';
import { sdkWords } from './sdk-words.ts';
import { serviceWords } from './service-words.ts';
import { signatureWords } from './signature-words.ts';
import { stsWords } from './sts-words.ts';

const accountIn = (arn: string) => {
  const { accountId } = parseArn(arn);
  return /^\d{12}$/.test(accountId) ? `account ${accountId}` : "the principal's account";
};

const inBothPolicies = (action: string) =>
  `Allow ${action} next to sts:AssumeRole: in the trust policy of the role and, if the caller is in another account, in a policy of the caller.`;

const words = {
  ...serviceWords,
  ...deploymentWords,
  ...gatewayWords,
  ...sdkWords,
  ...clientWords,
  'foreign pass role': {
    says: /cross-account pass role is not allowed/i,
    means:
      'A role of another account cannot be passed to a service: a function runs as a role of its own account only. No policy can allow it.',
    advice: [
      "Give the function a role of its own account. If it needs the other account's role, let its code assume that role.",
      'If the role is of the right account, the profile or the credentials of the deployment are of the wrong one: aws sts get-caller-identity',
    ],
    tellsCause: true,
  },
  'multi-factor authentication': {
    says: /MultiFactorAuthentication failed/i,
    means:
      "STS did not accept the code of the caller's device for multi-factor authentication, or a condition wants one (aws:MultiFactorAuthPresent).",
    advice: [
      'Give the serial number or ARN of the device (…:mfa/…, not …:user/…) and a code that was not used before.',
      'A function has no such device: a role that it assumes must not ask for one.',
    ],
    tellsCause: true,
  },
  'switch role': {
    says: /invalid information in one or more fields|フィールドに無効な情報があります/i,
    means:
      "The AWS console says this if it may not switch to the role: account or role name are wrong, the role's trust policy does not admit the user or wants an external ID, which the console cannot send, or the user's own policies do not allow sts:AssumeRole.",
    advice: [],
    tellsCause: false,
  },
  'encoded denial': {
    says: /you are not authorized to perform this operation|UnauthorizedOperation|この操作を実行(?:する|するための)権限がありません/i,
    means:
      "No policy allows the operation, or one denies it. AWS's answer names neither principal nor action.",
    advice: [
      'If it has an encoded message: aws sts decode-authorization-message --encoded-message … shows principal, action, resource and the matched statements.',
    ],
    tellsCause: false,
  },
  'unnamed operation': {
    says: /unable to determine service\/operation name to be authorized/i,
    means:
      "The request arrived at a service of AWS, but no operation has this method and path. API Gateway passes it on like this if an integration's method or URI is wrong.",
    advice: [
      'An integration with a function needs integrationHttpMethod POST, whatever the method of the route is, and the URI arn:aws:apigateway:<region>:lambda:path/2015-03-31/functions/<function ARN>/invocations.',
      "If your code calls Lambda's API itself, it sends POST to /2015-03-31/functions/<name>/invocations.",
    ],
    tellsCause: true,
  },
  'invalid principal': {
    says: /invalid principal in policy(?:: ?"?([^\s)]+))?/i,
    means:
      'The policy names a principal that does not exist: a role or user that was deleted or not yet created, or whose path is missing in the ARN. IAM stores a role by its unique ID, so it must exist.',
    advice: [
      'Create the role or user first, or correct its ARN.',
      'The role of a permission set of IAM Identity Center has a path and an ending: arn:aws:iam::<account>:role/aws-reserved/sso.amazonaws.com/<region>/AWSReservedSSO_<permission set>_<ending>. In us-east-1 the path has no region. aws iam list-roles --path-prefix /aws-reserved/sso.amazonaws.com/ shows it.',
      'Or name the account (arn:aws:iam::<account>:root) with a condition ArnEquals on aws:PrincipalArn: that needs no existing role, and survives that it is created again.',
    ],
    tellsCause: true,
  },
  'principal in identity policy': {
    says: /policy document should not specify a principal/i,
    means:
      'A policy of a role, user or group has an element Principal, which only policies of resources and trust policies have.',
    advice: [
      "If it says who may assume the role, put it into the role's trust policy. Else leave Principal out.",
    ],
    tellsCause: true,
  },
  'integration role': {
    says: /API Gateway (?:does not|doesn[’']t) have permissions? to assume the (?:provided role|IAM role configured)/i,
    means:
      'The route has an integration with credentials, and API Gateway cannot assume that role: its trust policy does not admit apigateway.amazonaws.com, or the role was deleted. The caller sees 500 Internal server error.',
    advice: [
      'Allow sts:AssumeRole to the service apigateway.amazonaws.com in the trust policy of that role. Or leave the credentials out, and give the function a permission for the API.',
    ],
    tellsCause: true,
  },
  ...networkWords,
  'function timed out': {
    says: /Task timed out after ([\d.]+) seconds|\bSandbox\.Timedout/,
    means:
      'Lambda ended the function when its timeout was over. If the function is behind an API, its caller sees 502 or 504.',
    advice: [
      "Look into the function's log for the last line before the end. If it called AWS or an API from a VPC, it probably could not connect: it needs a NAT gateway or interface endpoints.",
      'Give the function a longer timeout, or its requests a shorter one.',
    ],
    tellsCause: true,
  },
  'no AWS SDK 2': {
    says: /Cannot find (?:module|package) \\?'aws-sdk(?:\/[\w/.-]+)?\\?'/,
    means:
      "The function's code needs version 2 of the AWS SDK for JavaScript, which the runtimes since nodejs18.x do not have: they have version 3. So the code could not be loaded, and no policy is at fault. If the function is behind an API, its caller sees 502.",
    advice: [
      'Use the clients of version 3, such as @aws-sdk/client-s3. Or put version 2 into the package: name aws-sdk in dependencies, and do not exclude it from the bundle.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html',
  },
  'function not loaded': {
    says: /Runtime\.(?:ImportModuleError|HandlerNotFound|UserCodeSyntaxError)|Unable to import module '([^']+)'/,
    means:
      "The function's code could not be loaded, so no policy is at fault. If the function is behind an API, its caller sees 502.",
    advice: [
      "Compare the function's handler (<file>.<export>) with the files in its package, and look there for the module that the message names.",
    ],
    tellsCause: true,
  },
  'network interface': {
    says: /does not have permissions to call (\w+) on EC2/i,
    means:
      "The function is in a VPC, and its role may not create the network interface there: no policy of the role allows it, or a boundary or the organization's policies deny it.",
    advice: [
      'Attach AWSLambdaVPCAccessExecutionRole to the role (arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole), or take the function out of the VPC.',
    ],
    tellsCause: true,
  },
  'execution role': {
    says: /execution role (?:does not have permissions? to call \w+ on \w+|requires permissions? for )/i,
    means:
      'The role as which the service runs your code lacks permissions that the message names. The service looked before it created the resource. It is not about the caller.',
    advice: [
      "Allow these actions in a policy of that role, with the ARN of the resource that the message names. If they are allowed, look for a Deny, and for the trust policy: the service's principal must be able to assume the role.",
    ],
    tellsCause: true,
    source: 'https://github.com/awslabs/agentcore-samples/issues/154',
  },
  'no credentials': {
    says: /unable to locate credentials|no valid credential sources?(?: for .{1,40})? found|but no credentials have been configured|could not load credentials from any providers|missing credentials in config|unable to sign request without credentials|NoCredentialProviders|no AWS credentials available|couldn[’']t find AWS credentials|no EC2 IMDS role found|unable to load (?:AWS )?credentials from any (?:provider|of the providers) in the chain|unable to get IAM security credentials from EC2 Instance Metadata Service|error retrieving credentials from the instance profile metadata ser(?:ver|vice)|unable to connect to instance metadata service|TimeoutError\b.{0,200}credential-provider-imds/i,
    means:
      'The client has no credentials, so it did not ask AWS. It looked in the environment, in the files of the profile, and at last at the metadata service of an EC2 instance, which only an instance has.',
    advice: [
      'Sign in (aws sso login), name a profile (AWS_PROFILE), or give the process a role. In Lambda, the role of the function is there without any setting.',
      'On an EC2 instance, attach an instance profile with a role. In a container there, the metadata service answers only if its hop limit is 2 or more.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html',
  },
  'function url notice': {
    says: /changes to the Lambda function URL authorization model|new authorization model requires your permissions policies to include both lambda:InvokeFunctionUrl/i,
    means:
      'AWS announces that functions with a URL need two permissions, lambda:InvokeFunctionUrl and lambda:InvokeFunction. Accounts with older URLs have an exception until November 2026. It is about URLs of functions: an API that invokes a function is not affected.',
    advice: [
      'Add the second permission to the policy of each function with a URL: aws lambda add-permission --function-name <name> --statement-id <ID> --action lambda:InvokeFunction --principal <principal> --invoked-via-function-url. A principal of another account needs both actions in its own policy, too.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html',
  },
  'function url': {
    says: /forbidden\. for troubleshooting function url|\bforbidden\b.{0,80}lambda\/latest\/dg\/urls-auth/i,
    means:
      'It is the URL of a function, and not of an API: the policies do not allow both lambda:InvokeFunctionUrl and lambda:InvokeFunction, which AWS asks for since October 2025.',
    advice: [
      "Another account's principal needs both actions in its identity policy and in the function's policy. With the AuthType NONE, the function's policy must allow both to everybody.",
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html',
  },
  authorizer: {
    says: /user is not authorized to access this resource/i,
    means:
      "The route's Lambda authorizer denied the request. The route is not authorized by IAM: no policy of a role decides about it.",
    advice: ["Look into the authorizer's log for the policy that it returned."],
    tellsCause: true,
  },
  ...signatureWords,
  ...stsWords,
  'function role': {
    says: /role defined for the function cannot be assumed by lambda/i,
    means:
      "The trust policy of the function's role does not let lambda.amazonaws.com assume it, or the role was deleted.",
    advice: [
      'If the role was created a moment ago, wait some seconds, and try again: IAM spreads a new role.',
    ],
    tellsCause: false,
  },
  'function permission': {
    says: /invalid permissions on lambda function/i,
    means:
      'API Gateway may not invoke the function behind the route: the policy of the function has no permission for this API, stage and route. The caller sees 500 Internal server error.',
    advice: [],
    tellsCause: false,
  },
  'function missing': {
    says: /function not found: ?(\S+)?/i,
    means: 'The function does not exist in this account and region, or not with this version or alias.',
    advice: ['Compare account, region and name with the deployed function.'],
    tellsCause: true,
  },
  'role not assumed': {
    says: /(?:the role|IAM Role) ["(]?(arn:[^\s")]+)[")]? cannot be assumed/i,
    means:
      "Terraform's words for any refusal of AssumeRole: the credentials of the provider are not valid, their policies or the role's trust policy do not allow it, or the role does not exist.",
    advice: [],
    tellsCause: false,
  },
  'missing authentication token': {
    says: /missing ?authentication ?token/i,
    means:
      'API Gateway says this in two cases: the request is not signed, or the deployment that the stage serves has no such route: another path, method or stage, or a route that was not deployed since it was added.',
    advice: [
      'Look whether the request has a header Authorization that begins with AWS4-HMAC-SHA256. A redirect or a proxy can drop it.',
      'If it does, it is the route.',
    ],
    tellsCause: false,
  },
  'not signed': {
    means: 'The request is not signed.',
    advice: ['Sign it with Signature Version 4, e.g. with aws4fetch, an AWS SDK, or curl --aws-sigv4.'],
    tellsCause: true,
  },
  'no such route': {
    means:
      'The API has no such route: API Gateway answers an unknown path or method like a request without a signature.',
    advice: ['Compare method and path with the routes that are deployed, or deploy the route.'],
    tellsCause: true,
  },
  'no such HTTP route': {
    means: 'The HTTP API has no such route, no stage for it, or its default endpoint is disabled.',
    advice: [
      'Compare method and path with the routes that are deployed. Only paths of the stage $default begin without the name of a stage.',
    ],
    tellsCause: true,
  },
  'no such API': {
    means: 'There is no such API or stage at this host.',
    advice: [
      "Compare the URL with the API's own: the host names the API, the first segment of the path the stage.",
    ],
    tellsCause: true,
  },
  'open route': {
    means:
      'IAM was not asked: the route has no authorizer, so anybody may call it. Its integration answered.',
    advice: [
      'Add "authorizer: aws_iam" to the route\'s event in serverless.yml (in a template: AuthorizationType: AWS_IAM), and deploy. If the route is meant to be open, the log of its function says why it refused.',
    ],
    tellsCause: true,
  },
  throttled: {
    saysOnly: /too many requests|limit exceeded|rate exceeded/i,
    means:
      "The stage's or the account's limit is reached, or the limit of the stage is 0. Of a usage plan, it is the plan's rate or quota.",
    advice: [],
    tellsCause: false,
  },
  'timed out': {
    says: /endpoint request timed out/i,
    means:
      'API Gateway let the request in, and the function took longer than the 29 s (or less) of the integration.',
    advice: ["Look into the function's log for what it waits for."],
    tellsCause: true,
  },
  'internal server error': {
    saysOnly: /internal server error/i,
    means:
      'API Gateway let the request in, and then failed: it may not invoke the function, or the function threw or returned no proxy response.',
    advice: ["If API Gateway may invoke it, look into the function's log."],
    tellsCause: false,
  },
  unauthorized: {
    saysOnly: /unauthorized/i,
    means:
      "The route's authorizer (Cognito or Lambda) got no token. The route is not authorized by IAM, so a signature means nothing to it.",
    advice: [
      "Send the authorizer's token, or change the route's authorizationType to AWS_IAM and deploy the API.",
    ],
    tellsCause: true,
  },
  'not found': {
    saysOnly: /not found/i,
    means:
      'An HTTP API says this before it looks at signature and policies: it has no such route or stage, or its default endpoint is disabled. A function may say it, too.',
    advice: [],
    tellsCause: false,
  },
  'S3 without reason': {
    says: /\bS3: Head(?:Object|Bucket)\b.{0,400}\bForbidden|calling the Head(?:Object|Bucket) operation: Forbidden/i,
    means:
      'S3 refused a request (HEAD), whose answer has no body and therefore no reason: a policy of the caller, of the bucket or of its key does not allow s3:GetObject or s3:ListBucket, or denies it. Or the credentials are of another account than you mean.',
    advice: [
      'Ask in a way that shows the reason, with the same credentials: aws sts get-caller-identity, and then aws s3api get-object --bucket <bucket> --key <key> /dev/null. Give its message here.',
    ],
    tellsCause: false,
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html',
  },
  forbidden: {
    saysOnly: /(?:HTTP\/[\d.]+ |x-amzn-errortype: )?(?:403 )?forbidden(?:exception)?/i,
    means:
      'A REST API says this before it looks at signature and policies: there is no such API or stage at this host, the default endpoint is disabled, the custom domain has no mapping for the path, the route wants an API key, AWS WAF blocks the request, or the API is private and the request does not come through one of its VPC endpoints. An HTTP API says nothing else if the signature is missing or wrong, or if no policy allows the call.',
    advice: [],
    tellsCause: false,
  },
  'account refused': {
    says: /your account is not authorized to invoke this API operation/i,
    means:
      'The service refuses the account as a whole, or this use of the operation, whatever policies allow: it must be enabled for the account first, in this region.',
    advice: [
      'Look in the console of the service, in this account and region, whether the model or feature is available. If it is a new account or one of a training, ask AWS Support or whoever runs it.',
    ],
    tellsCause: true,
    source: 'https://github.com/aws-samples/amazon-bedrock-workshop/issues/20',
  },
  'truncated denial': {
    says: /(arn:[^\s"'`]+) is not authorized/,
    means:
      'A policy denies the request of this principal, or none allows it. The text ends before or in the action: the resource and the policy are missing, too.',
    advice: ["Look for the whole message in the client's log, or in the body of the response."],
    adviceFor: (principal) => [
      `Look for the whole message in the client's log, or in CloudTrail of ${accountIn(principal)}, where the events of ${principal} have it as errorMessage.`,
    ],
    tellsCause: false,
  },
  'access denied': {
    says: /\bAccessDenied(?:Exception)?\b|\baccess denied api:/i,
    saysOnly: /access denied/i,
    means:
      'A policy denies the request, or none allows it. The text names neither the action nor the policy.',
    advice: [
      "Look for the longer message in the client's log or in the body of the response. CloudTrail has principal, action and resource as errorMessage.",
    ],
    tellsCause: false,
  },
} as const satisfies Readonly<Record<string, RefusalWords>>;

/** The kinds of refusals that can be explained, except those that name the action. */
export type RefusalForm = keyof typeof words;

/**
 * The refusals that can be read and explained, by their form: those of API Gateway, STS, Lambda and IAM, those of clients, and those
 * that only local AWS can tell apart, which say nothing. An entry for a new text belongs into the file of those who say it. Earlier entries win if a text fits several.
 */
export const refusalWords: Readonly<Record<RefusalForm, RefusalWords>> = words;

/** What a denial of these actions of STS means. Those of tags and source identity are asked in addition to `sts:AssumeRole`, which is therefore allowed. */
export const denialsOfSts: Readonly<Record<string, Pick<RefusalWords, 'means' | 'advice'>>> = {
  'sts:TagSession': {
    means:
      'The caller passes session tags, or has transitive ones of its own session. That needs a separate permission, which the policies do not give.',
    advice: [
      inBothPolicies('sts:TagSession'),
      'Or send no tags: the GitHub action configure-aws-credentials, for example, leaves them out with role-skip-session-tagging.',
    ],
  },
  'sts:SetSourceIdentity': {
    means:
      'The caller sets a source identity, or its own session has one, which goes with every further session. That needs a separate permission, which the policies do not give.',
    advice: [
      'Allow sts:SetSourceIdentity next to sts:AssumeRole in both: in a policy of the caller, also in the same account, and in the trust policy of the role.',
    ],
  },
  'sts:AssumeRoleWithWebIdentity': {
    means:
      "The caller has a token of an identity provider, and no credentials of AWS: no policy of the caller is asked, and none can help. The role's trust policy does not admit this token, or the account has no such role.",
    advice: [
      "Read the trust policy, in the role's account: aws iam get-role --role-name <role> --query Role.AssumeRolePolicyDocument. It needs the Action sts:AssumeRoleWithWebIdentity, the ARN of the identity provider of the same account as Principal.Federated, and conditions on <issuer>:aud and <issuer>:sub that the token meets, in the same case.",
      'Compare them with the token. Of GitHub, sub is repo:<owner>/<repository>:ref:refs/heads/<branch>; of a job with an environment it ends with :environment:<name>, of a pull request with :pull_request. Of a pod, it is system:serviceaccount:<namespace>:<service account>. The event AssumeRoleWithWebIdentity in CloudTrail has the sub that STS got, as userIdentity.userName.',
      'Look whether the provider exists, with this issuer: aws iam list-open-id-connect-providers. Compare the account and the name in the ARN of the role, which is no ARN of a provider.',
    ],
  },
  'sts:AssumeRoleWithSAML': {
    means:
      "The caller has an assertion of an identity provider, and no credentials of AWS: no policy of the caller is asked, and none can help. The role's trust policy does not admit this assertion, or the account has no such role or provider.",
    advice: [
      "Read the trust policy, in the role's account: aws iam get-role --role-name <role> --query Role.AssumeRolePolicyDocument. It needs the Action sts:AssumeRoleWithSAML, the ARN of the SAML provider of the same account as Principal.Federated, and conditions (such as SAML:aud, https://signin.aws.amazon.com/saml) that the assertion meets. Session tags in the assertion also need sts:TagSession.",
      "Compare both ARNs with the assertion's attribute https://aws.amazon.com/SAML/Attributes/Role, which names the role and the provider, with a comma between them.",
    ],
  },
};
