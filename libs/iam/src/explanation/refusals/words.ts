import { clientWords } from './client-words.ts';
import { deploymentWords } from './deployment-words.ts';
import { gatewayWords } from './gateway-words.ts';
import type { RefusalWords } from './refusal-words.ts';
import { sdkWords } from './sdk-words.ts';
import { serviceWords } from './service-words.ts';

const renew = 'Get new credentials, and sign the request again. A retry with the old signature fails, too.';
const oneSource = 'Take access key, secret and session token from the same credentials.';
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
  'untrusted certificate': {
    says: /CERTIFICATE_VERIFY_FAILED|unable to get (?:local )?issuer certificate|UNABLE_TO_(?:GET_ISSUER_CERT|VERIFY_LEAF_SIGNATURE)|self[- ]signed certificate|certificate signed by unknown authority|UnknownIssuer|no alternative certificate subject name|certificate has expired|CERT_HAS_EXPIRED|ERR_TLS_CERT_ALTNAME_INVALID|PKIX path building failed/i,
    means:
      "The client does not trust the certificate of the server, so it sent no request. AWS's certificates are trusted everywhere: a proxy in between has its own certificate, the domain has one that is private or for another name, or it is local AWS's.",
    advice: [
      'Behind a proxy that reads TLS, give the client its certificate authority: NODE_EXTRA_CA_CERTS, AWS_CA_BUNDLE or REQUESTS_CA_BUNDLE. For Java, import it into the trust store that the process uses: keytool -importcert.',
      'A private API answers at its VPC endpoint with the certificate of *.execute-api.<region>.amazonaws.com: call that host, or send it in the header Host.',
      'For local AWS: source .local-aws/env',
    ],
    tellsCause: true,
  },
  'unknown host': {
    says: /getaddrinfo (?:ENOTFOUND|EAI_AGAIN) ?(\S*)|could not resolve host|name or service not known|\bUnknownHostException\b|\bunknown host\. \(/i,
    means:
      'The host of the URL has no address where the client is. The name of a private API is known only in a VPC that has an endpoint with private DNS. A deleted API has no name, either.',
    advice: [],
    tellsCause: false,
  },
  'no connection': {
    says: /connect timeout on endpoint url|could not connect to the endpoint url|connect timed out|connect ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT|dial tcp \S+ (?:i\/o timeout|connect: connection timed out)|curl returned error code 28/i,
    means:
      'The client could not connect, so AWS decided nothing. A function in a VPC reaches only what its subnets reach, and the internet only through a NAT gateway.',
    advice: [
      'Without a NAT gateway, the VPC needs interface endpoints: com.amazonaws.<region>.sts for AssumeRole, and com.amazonaws.<region>.execute-api for a private API. Their security group must admit port 443 from the function.',
      'An endpoint answers for the regional host only: ask sts.<region>.amazonaws.com, not sts.amazonaws.com. SDKs that are old need AWS_STS_REGIONAL_ENDPOINTS=regional.',
      'A function that calls only public addresses needs no VPC.',
    ],
    tellsCause: true,
  },
  'connection lost': {
    says: /\bECONNRESET\b|socket hang up|\bEPIPE\b/,
    means:
      'The connection ended before the answer arrived, so it is not known whether the request was executed. In a function, it is mostly a connection that was kept while the function was frozen.',
    advice: [
      'Send the request again if it may be executed twice, or with an idempotency key.',
      'Await every request before the handler returns: what is left in flight is frozen with the function.',
    ],
    tellsCause: true,
  },
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
  'no credentials': {
    says: /unable to locate credentials|could not load credentials from any providers|missing credentials in config|unable to sign request without credentials|NoCredentialProviders|couldn[’']t find AWS credentials|no EC2 IMDS role found|unable to load (?:AWS )?credentials from any (?:provider|of the providers) in the chain|unable to get IAM security credentials from EC2 Instance Metadata Service|error retrieving credentials from the instance profile metadata ser(?:ver|vice)|unable to connect to instance metadata service|TimeoutError\b.{0,200}credential-provider-imds/i,
    means:
      'The client has no credentials, so it did not ask AWS. It looked in the environment, in the files of the profile, and at last at the metadata service of an EC2 instance, which only an instance has.',
    advice: [
      'Sign in (aws sso login), name a profile (AWS_PROFILE), or give the process a role. In Lambda, the role of the function is there without any setting.',
      'On an EC2 instance, attach an instance profile with a role. In a container there, the metadata service answers only if its hop limit is 2 or more.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html',
  },
  'function url': {
    says: /forbidden\. for troubleshooting function url/i,
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
  'incomplete signature': {
    says: /authorization'? header requires|not a valid key=value pair|\bIncompleteSignature|must contain .* signed headers/i,
    means:
      'The header Authorization is no signature of version 4, or parts of it are missing. API Gateway also says this of any header Authorization, such as a bearer token, if no route matches.',
    advice: [
      'Leave signing to a library. No proxy in between may rewrite the header.',
      'If the header is a token for an authorizer, compare method, path and stage with the deployed routes.',
    ],
    tellsCause: true,
  },
  'two signatures': {
    means: 'The request has two signatures.',
    advice: ['Sign in the header or in the query, not in both.'],
    tellsCause: true,
  },
  'unsigned header': {
    says: /headers present in the request which were not signed|must be a 'SignedHeader' in the AWS Authorization/i,
    means: 'A header that must be signed is not.',
    advice: ['Sign host and every x-amz-* header that is sent; add none after signing.'],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html',
  },
  'other body': {
    says: /XAmzContentSHA256Mismatch|x-amz-content-sha256' header does not match/i,
    means: 'The body is not the one that was signed.',
    advice: ['Sign exactly the bytes that are sent.'],
    tellsCause: true,
  },
  'signature expired': {
    says: /signature expired:|signature has expired/i,
    means: 'The signature is more than five minutes old when it arrives.',
    advice: ["Set the clock of the client's machine. Sign each request when it is sent, retries too."],
    tellsCause: true,
  },
  'signature not yet current': {
    says: /signature not yet current/i,
    means: 'The signature is from the future, by more than five minutes.',
    advice: ["Set the clock of the client's machine."],
    tellsCause: true,
  },
  'scope date': {
    says: /date in credential scope does not match/i,
    means: 'The date in the credential scope is not that of the header X-Amz-Date.',
    advice: ['Derive the signing key anew each day: a cached key is of yesterday.'],
    tellsCause: true,
  },
  'scope region and service': {
    says: /credential should be scoped to a valid region.{0,40}credential should be scoped to correct service(?:: '([\w-]+)')?/i,
    means: 'The request is signed for another region and for another service than those it was sent to.',
    advice: [
      "Sign for the API's region, and for the service execute-api. At a custom domain, a client cannot read them from the host: set both.",
    ],
    tellsCause: true,
  },
  'scope region': {
    says: /credential (?:should|must) be scoped to a valid region(?:,? not '([\w-]+)')?/i,
    means: 'The request is signed for another region than the one it was sent to.',
    advice: [
      "Sign for the API's region: it is in the host, after execute-api. For STS it is that of its endpoint.",
      'A client of the AWS SDK that gets the URL of an API as its endpoint signs for something else: sign the request with a signing library.',
    ],
    tellsCause: true,
  },
  'scope service': {
    says: /credential should be scoped to correct service(?:: '([\w-]+)')?/i,
    means: 'The request is signed for another service than the one it was sent to.',
    advice: ['Sign for the service execute-api, also at a custom domain.'],
    tellsCause: true,
  },
  'signature mismatch': {
    says: /signature we calculated does not match the signature you provided|\bSignatureDoesNotMatch/i,
    means:
      'The request that arrived is not the one that was signed, or it was signed with the secret of another key.',
    advice: [
      "Compare the canonical request of AWS's answer with the one that the client signed: method, path with its encoding, query, host, body.",
      oneSource,
      'Run it against local AWS: node_modules/.bin/local-aws explain names the line that differs.',
    ],
    tellsCause: true,
  },
  'token expired': {
    says: /security token included in the request is expired|token expired: current date|\bExpiredToken/i,
    means: 'The credentials with which the request was signed have expired.',
    advice: [renew],
    tellsCause: true,
  },
  'unknown key': {
    says: /access key id you provided does not exist/i,
    means: 'There is no such access key.',
    advice: [oneSource],
    tellsCause: true,
  },
  'foreign session token': {
    says: /provided token is malformed or otherwise invalid/i,
    means:
      'The session token is missing, belongs to another key, or does not count in this region: tokens of the global STS endpoint are not valid in regions that must be enabled first.',
    advice: [
      `Send the session token in X-Amz-Security-Token. ${oneSource}`,
      "In a region that must be enabled, ask STS at that region's endpoint, and enable the region in the caller's account.",
    ],
    tellsCause: true,
  },
  'token invalid': {
    says: /security token included in the request is invalid|not able to validate the provided access credentials|\bInvalidClientTokenId|\bUnrecognizedClient/i,
    means:
      'AWS does not know the access key, or the session token is missing or belongs to another key. A key of another partition or of a region that must be enabled first is not known, either.',
    advice: [`Send the session token in X-Amz-Security-Token. ${oneSource}`],
    tellsCause: true,
  },
  'role chaining': {
    says: /exceeds the 1 hour session limit for roles assumed by role chaining/i,
    means:
      'The caller has credentials of a role, as every function does. A role that is assumed with these gets at most 3600 s, whatever its MaxSessionDuration is.',
    advice: ['Ask for DurationSeconds 3600 or less, and assume the role again when the session ends.'],
    tellsCause: true,
  },
  'session maximum': {
    says: /requested durationseconds exceeds the maxsessionduration set for this role/i,
    means:
      'The caller asks for a longer session than the role allows (MaxSessionDuration, 3600 s by default).',
    advice: [
      'Ask for a shorter one, or raise MaxSessionDuration of the role: aws iam update-role --max-session-duration',
    ],
    tellsCause: true,
  },
  duration: {
    says: /value '?(\w*)'? at 'durationSeconds' failed to satisfy constraint/i,
    means: 'STS issues sessions of 900 s to 43200 s.',
    advice: [
      'Ask for DurationSeconds in this range, and of 3600 at most if the caller has credentials of a role.',
    ],
    tellsCause: true,
  },
  'session name': {
    says: /value '?([^']*)'? at 'roleSessionName' failed to satisfy constraint/i,
    means: 'The session name has characters that STS does not take, or fewer than 2 or more than 64 of them.',
    advice: ['Use letters, digits and any of = , . @ _ - in RoleSessionName.'],
    tellsCause: true,
  },
  'region disabled': {
    says: /sts is not activated in this region(?: for account: ?(\d{12}))?|\bRegionDisabled(?!.*is not activated)/i,
    means: 'STS is switched off in this region for the account, or the account has not enabled the region.',
    advice: [
      "Ask STS in another region, such as the caller's own, or let the account's administrator activate it: IAM console, account settings.",
    ],
    tellsCause: true,
  },
  'root user': {
    says: /roles may not be assumed by root accounts/i,
    means: 'The caller has the credentials of a root user, which cannot assume roles.',
    advice: ['Use the credentials of a role or a user.'],
    tellsCause: true,
  },
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
  forbidden: {
    saysOnly: /(?:HTTP\/[\d.]+ |x-amzn-errortype: )?(?:403 )?forbidden(?:exception)?/i,
    means:
      'A REST API says this before it looks at signature and policies: there is no such API or stage at this host, the default endpoint is disabled, the custom domain has no mapping for the path, the route wants an API key, AWS WAF blocks the request, or the API is private and the request does not come through one of its VPC endpoints. An HTTP API says nothing else if the signature is missing or wrong, or if no policy allows the call.',
    advice: [],
    tellsCause: false,
  },
  'access denied': {
    says: /\bAccessDenied(?:Exception)?\b|\baccess denied api:/i,
    saysOnly: /access denied/i,
    means:
      'A policy denies the request, or none allows it. The text names neither the principal nor the action, and not the policy.',
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
 * that only local AWS can tell apart, which say nothing. An entry for a new text belongs here. Earlier entries win if a text fits several.
 */
export const refusalWords: Readonly<Record<RefusalForm, RefusalWords>> = words;

/** What a denial of these actions of STS means. They are asked in addition to `sts:AssumeRole`, which is therefore allowed. */
export const partsOfAssumeRole: Readonly<Record<string, Pick<RefusalWords, 'means' | 'advice'>>> = {
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
    advice: [inBothPolicies('sts:SetSourceIdentity')],
  },
};
