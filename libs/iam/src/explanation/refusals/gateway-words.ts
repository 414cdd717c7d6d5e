import type { RefusalWords } from './refusal-words.ts';

const RESPONSE_TYPES =
  'https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html';

/** What API Gateway says in front of an integration, and about an API that it does not deploy. Policies do not decide it. */
export const gatewayWords = {
  'blocked by WAF': {
    says: /\bWAF_FILTERED\b/,
    means:
      'AWS WAF blocked the request in front of the API: a rule of the web ACL of its stage. Signature and policies were not asked. The caller sees 403 Forbidden.',
    advice: [
      "Look which rule it was: in the API's account, the sampled requests of the web ACL (aws wafv2 get-sampled-requests), or $context.wafResponseCode and $context.webaclArn in the access log. Let that rule admit the caller, or count instead of block.",
    ],
    tellsCause: true,
    source: RESPONSE_TYPES,
  },
  'integration failure': {
    says: /\bINTEGRATION_FAILURE\b/,
    means:
      'API Gateway let the request in, and its integration failed: it may not invoke the function, or the function or HTTP endpoint did not answer as it must. No policy of the caller is at fault. The caller sees 504 or 500.',
    advice: [
      'Put $context.integrationErrorMessage and $context.integrationStatus into the format of the access log: they name the reason. The log of the function has its exceptions.',
      "If it is about permissions, the function's policy needs one for this API: aws lambda get-policy --function-name <name>",
    ],
    tellsCause: true,
    source: RESPONSE_TYPES,
  },
  'authorizer failed': {
    says: /AuthorizerConfigurationException|configuration error: could not parse policy|\{ ?"message" ?: ?null ?\}/i,
    means:
      'The route has a Lambda authorizer, which threw, took too long or returned no policy document. API Gateway answers 500, with null as the message. No policy of a role is asked, and a signature means nothing to this route.',
    advice: [
      "Look into the authorizer's log. It must return principalId and policyDocument. It rejects a token with the error Unauthorized, in exactly this word (the caller sees 401), or with a policy that denies (403).",
      'If IAM is meant to decide, set the authorization of the route to AWS_IAM, and deploy the API.',
    ],
    tellsCause: true,
    source:
      'https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html',
  },
  'no such authorizer': {
    says: /invalid authorizer id specified/i,
    means: 'A method has the authorization CUSTOM, and this API has no authorizer with the ID that it names.',
    advice: [
      'Create the authorizer first, and give its ID: aws apigateway get-authorizers --rest-api-id <API>. If IAM is meant to decide, the authorization is AWS_IAM, and needs no authorizer.',
    ],
    tellsCause: true,
    source: 'https://github.com/serverless/serverless/issues/1056',
  },
  'authorizer token expired': {
    says: /the incoming token has expired/i,
    means:
      'The route has an authorizer (Cognito), and the token of the user has expired. It is not about credentials of AWS: a signature means nothing to this route.',
    advice: [
      'Get a new token with the refresh token before the old one ends, and send it in the header that the authorizer reads.',
    ],
    tellsCause: true,
    source: 'https://github.com/aws-amplify/amplify-js/issues/10147',
  },
  'private API without policy': {
    says: /private REST API doesn[’']t have a resource policy/i,
    means:
      'A private API is deployed only if it has a resource policy. Without one it would admit nobody, whatever policies of roles say.',
    advice: [
      'Attach a resource policy that admits the VPC endpoint (condition StringEquals on aws:SourceVpce) before the deployment. In Terraform, let aws_api_gateway_deployment depend on aws_api_gateway_rest_api_policy.',
    ],
    tellsCause: true,
    source: 'https://github.com/cloudposse/terraform-aws-api-gateway/pull/25',
  },
  'invalid API policy': {
    says: /invalid policy document\. please check the policy syntax and ensure that principals are valid/i,
    means:
      'API Gateway does not store the resource policy: it is not in the policy language, or it names a role or user that does not exist, such as one of a former account.',
    advice: [
      'Create the role or user first, or correct the account and the path in its ARN. What the policy shows as AROA… or AIDA… was deleted: remove it.',
      'Or name the account (arn:aws:iam::<account>:root) with a condition ArnEquals on aws:PrincipalArn: that needs no existing role.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html',
  },
  'no integration': {
    says: /no integration defined for method/i,
    means: 'A method of the API has no integration, so API Gateway deploys nothing.',
    advice: [
      'Put an integration on each method before the deployment (aws apigateway put-integration). In a template, let the deployment depend on the methods.',
    ],
    tellsCause: true,
    source: 'https://github.com/serverless/serverless/issues/366',
  },
  'no methods': {
    says: /REST API doesn[’']t contain any methods/i,
    means: 'The API was to be deployed before it had a method.',
    advice: ['In a template, let AWS::ApiGateway::Deployment depend on a method (DependsOn).'],
    tellsCause: true,
    source: 'https://github.com/cloudtools/troposphere/issues/496',
  },
  'deployment in use': {
    says: /active stages pointing to this deployment must be moved or deleted/i,
    means: 'A stage still serves the deployment that is to be deleted.',
    advice: [
      'Let the stage serve another deployment first: aws apigateway update-stage --rest-api-id <API> --stage-name <stage> --patch-operations op=replace,path=/deploymentId,value=<new one>. In Terraform, give the deployment lifecycle { create_before_destroy = true }, and make the stage a resource.',
    ],
    tellsCause: true,
    source: 'https://github.com/hashicorp/terraform-provider-aws/issues/19805',
  },
  'mapping expression': {
    says: /invalid mapping expression(?: parameter)? specified/i,
    means: 'API Gateway cannot read a value in the mapping of a request or response. No policy is at fault.',
    advice: [
      "Put a fixed value into single quotes ('*'). A value of the request has a form such as method.request.header.<name>, and must be declared among the parameters of the method first.",
    ],
    tellsCause: true,
    source: 'https://github.com/awsdocs/amazon-api-gateway-developer-guide/issues/7',
  },
  'integration timeout': {
    says: /timeout should be between 50 ms and 29000 ms/i,
    means: 'A REST API waits at most 29 seconds for its integration, and the setting is longer.',
    advice: [
      'Set 29000 ms or less. What takes longer is started by one request, and its result is asked for by another one.',
    ],
    tellsCause: true,
    source:
      'https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html',
  },
  'request validation': {
    says: /missing required request parameters(?:: ?\[([^\]]*)\])?/i,
    saysOnly: /invalid request body/i,
    means:
      'The request was refused for its content: a required parameter is missing, or the body does not fit the model of the route. The request validator of the route says so, or the code of its function. No policy is at fault.',
    advice: [
      'Send what the model and the required parameters of the route ask for. The access log has the reason of the validator if its format has $context.error.validationErrorString.',
    ],
    tellsCause: true,
    source: RESPONSE_TYPES,
  },
  'headers too large': {
    says: /HTTP header is larger than 10240 bytes/i,
    means: 'All headers of the request together are larger than API Gateway takes. No policy is at fault.',
    advice: ['Send smaller ones, mostly cookies or a token. What is larger belongs into the body.'],
    tellsCause: true,
    source:
      'https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html',
  },
  'media type': {
    saysOnly: /unsupported media type/i,
    means:
      'The route has no mapping template for the Content-Type of the request, and passes no other type on; or its function does not take the type. No policy is at fault.',
    advice: ['Send the Content-Type of one of the templates, mostly application/json.'],
    tellsCause: true,
    source: RESPONSE_TYPES,
  },
  'no such API key': {
    says: /invalid (?:api )?key identifier specified/i,
    means: 'What was given as the ID of an API key is not one of this account and region.',
    advice: [
      'Give the ID of the key, and neither its value nor the whole answer of get-api-key: aws apigateway get-api-keys --query "items[].[id,name]"',
    ],
    tellsCause: true,
    source: 'https://github.com/aws/aws-cli/issues/5344',
  },
  'update in progress': {
    says: /an update is in progress for resource/i,
    means:
      'The function is being created or updated, and Lambda takes no further change until that is done. No policy is at fault.',
    advice: [
      'Repeat it when LastUpdateStatus is no longer InProgress: aws lambda wait function-updated --function-name <name>. A program that changes code and configuration waits between the two.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html',
  },
  'too many changes of APIs': {
    says: /(?:too many requests|rate exceeded) \(Service: (?:Amazon)?ApiGateway|TooManyRequestsException: too many requests/i,
    means:
      'API Gateway got more changes than it takes: for some operations one in several seconds, for the account and region as a whole. It is not about calls of an API, and no policy is at fault.',
    advice: [
      'Deploy again, one stack after the other. In a template, let resources of this type depend on each other (DependsOn), so that they are not created at once.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html',
  },
  'role ARN': {
    says: /request ARN is invalid|at 'roleArn' failed to satisfy constraint/i,
    means:
      'STS got something that is not the ARN of a role: the ARN of something else, a placeholder, or an ARN with characters around it.',
    advice: [
      'Give arn:aws:iam::<account>:role/<path and name>, without blanks, quotes or backslashes. With SAML, RoleArn is the role and PrincipalArn the identity provider: look whether they were exchanged.',
    ],
    tellsCause: true,
    source: 'https://github.com/physera/onelogin-aws-cli/issues/12',
  },
} as const satisfies Readonly<Record<string, RefusalWords>>;
