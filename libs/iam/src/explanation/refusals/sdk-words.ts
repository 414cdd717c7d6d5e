import type { RefusalWords } from './refusal-words.ts';

const CONFIGURATION_FILES = 'https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html';
const PROFILES_WITH_ROLES = 'https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html';

/** What the SDKs and GitHub's action say of their own settings, before they ask AWS. */
export const sdkWords = {
  'no GitHub token': {
    says: /did you mean to set the id-token permission|could not fetch an OIDC token|unable to get ACTIONS_ID_TOKEN_REQUEST_URL/i,
    means:
      'GitHub gave the job no token, because the job lacks the permission id-token: write. So the action (configure-aws-credentials, or another one) had nothing with which it could assume the role. AWS was not asked.',
    advice: [
      'Add it to the job or to the workflow: permissions: { id-token: write, contents: read }. Permissions that the list leaves out are taken away.',
      "A runner that is not GitHub's, such as act, has no token to give: there, use access keys.",
      'Name the role with the input role-to-assume. If the action is to use access keys, give aws-access-key-id and aws-secret-access-key.',
    ],
    tellsCause: true,
    source: 'https://github.com/aws-actions/configure-aws-credentials#oidc',
  },
  'token certificate': {
    says: /HTTPS certificate doesn[’']t match configured thumbprint/i,
    means:
      "The certificate of the token's issuer comes from an authority whose thumbprint the identity provider in IAM does not have. So STS does not trust the keys of the issuer. No policy was asked yet.",
    advice: [
      'Compute the thumbprint of the authority that signs the certificate now, and give the old and the new one: aws iam update-open-id-connect-provider-thumbprint --open-id-connect-provider-arn <ARN of the provider> --thumbprint-list <old> <new>. The list replaces the one that is there.',
    ],
    tellsCause: true,
    source:
      'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html',
  },
  'incomplete credentials': {
    says: /resolved credential object is not valid/i,
    means:
      'The client of the SDK for JavaScript got credentials without accessKeyId or secretAccessKey, so it sent nothing.',
    advice: [
      'Give accessKeyId, secretAccessKey and sessionToken, in these names. The answer of AssumeRole has them with a capital letter (AccessKeyId): fromTemporaryCredentials of @aws-sdk/credential-providers assumes the role and converts them.',
      'Look whether a variable that should hold one of them is empty. Without the option credentials, the client looks for them itself.',
    ],
    tellsCause: true,
    source: 'https://github.com/aws/aws-sdk-js-v3/issues/3940',
  },
  'no credentials in the browser': {
    says: /\bcredential is missing\b/i,
    means:
      'The client of the SDK for JavaScript runs in a browser (or is bundled for one), where it looks for no credentials, and it was made without any.',
    advice: [
      'Give the client the option credentials: for users of Cognito, fromCognitoIdentityPool of @aws-sdk/credential-providers. Access keys of a user do not belong into a page: everybody can read them there.',
    ],
    tellsCause: true,
    source: 'https://github.com/aws/aws-sdk-js-v3/pull/1834',
  },
  'endpoint of another service': {
    says: /NoSuchVersion\b.{0,80}2011-06-15/i,
    means:
      'The request for STS went to another service, which does not know this version of the API: an endpoint that is meant for one service is set for all clients, also for the one that gets the credentials.',
    advice: [
      'Set the endpoint in the options of the one client, or with AWS_ENDPOINT_URL_<SERVICE> (such as AWS_ENDPOINT_URL_SQS), and not for the whole configuration.',
    ],
    tellsCause: true,
    source: 'https://github.com/aws/aws-sdk-go-v2/issues/2463',
  },
  'no region': {
    says: /missing region(?:;| in config)|no region was provided\. configure|\bregion is missing|could not find region configuration|no RegionEndpoint or ServiceURL configured|unable to find a region via the region provider chain|invalid configuration: missing region|you must specify a region/i,
    means:
      'The client does not know which region to ask, so it sent nothing. It looks in its own options, in the environment and in the profile.',
    advice: [
      'Set AWS_REGION (for the AWS CLI also AWS_DEFAULT_REGION) in the environment of the process, region in the profile, or the region among the options of the client.',
      'A client inside of another one, such as that which assumes the role of a profile, does not always see the options of the outer one. It sees the environment.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html',
  },
  'no profile': {
    says: /(?:config profile \(|failed to get shared config profile,? |NoSuchProfileError: Profile ['`]?)([^)'\s]+)/i,
    means: 'The client looks for a profile that its files do not have, so it has no credentials.',
    advice: [
      'Compare the name, and its capital letters, with: aws configure list-profiles. In ~/.aws/config a profile begins with [profile <name>], in ~/.aws/credentials with [<name>].',
      'If you named no profile, a variable of the shell does: AWS_PROFILE or AWS_DEFAULT_PROFILE.',
    ],
    tellsCause: true,
    source: CONFIGURATION_FILES,
  },
  'profile loop': {
    says: /infinite loop in credential configuration/i,
    means:
      'The source_profile of a profile with a role leads back to a profile that was visited before. So there are no credentials at the end.',
    advice: [
      'Let source_profile name a profile that has access keys or a sign-in and no role_arn. In a container or on an instance, use credential_source instead.',
    ],
    tellsCause: true,
    source: PROFILES_WITH_ROLES,
  },
  'profile without source': {
    says: /source profile has no shared credentials|missing: source_profile or credential_source/i,
    means:
      'A profile has a role (role_arn), and the client has no credentials to assume it with: source_profile is missing, or the profile that it names has no access key.',
    advice: [
      'Give the profile source_profile with a profile that has credentials, or credential_source = Environment, Ec2InstanceMetadata or EcsContainer.',
      'Version 1 of the SDK for Go takes no credential_process of a source profile: give such a program the credentials in its environment.',
    ],
    tellsCause: true,
    source: PROFILES_WITH_ROLES,
  },
  'partial credentials': {
    says: /partial credentials found in ([\w-]+), missing/i,
    means:
      'One place has an access key without its secret, or a secret without its key. The client stops at that place, and does not look at the next one.',
    advice: [
      'Set both or neither in the place that the message names: explicit is the code, env the environment, shared-credentials-file is ~/.aws/credentials, config-file ~/.aws/config. A variable that is empty counts as missing.',
    ],
    tellsCause: true,
    source: 'https://github.com/boto/botocore/pull/331',
  },
  'Java without STS': {
    says: /to use assume role profiles the aws-java-sdk-sts module must be on the class ?path/i,
    means:
      'The profile has a role, and the program lacks the module of the SDK for Java that assumes it. So the client has no credentials, and sent nothing.',
    advice: [
      'Add the dependency com.amazonaws:aws-java-sdk-sts, in the version of the other modules of the SDK.',
    ],
    tellsCause: true,
    source: 'https://github.com/bykka/dynamoit/issues/22',
  },
  'no scheme to sign': {
    says: /NoMatchingAuthScheme/,
    means:
      'The client of the SDK for Rust has no credentials of the kind that the operation is signed with, so it sent nothing.',
    advice: [
      'Load the configuration with aws_config, or give credentials_provider when the client is made. A client that was made without credentials does not take them from config_override in all versions of the SDK.',
    ],
    tellsCause: true,
    source: 'https://github.com/awslabs/aws-sdk-rust/issues/901',
  },
  'no SSO access': {
    says: /ForbiddenException\)?(?: when calling the \w+ operation)?: No access/i,
    means:
      'You are signed in to IAM Identity Center (SSO), and your user has no such permission set in this account; or the profile names another account or permission set than you mean.',
    advice: [
      'Compare sso_account_id and sso_role_name of the profile, letter by letter, with what the access portal shows.',
      'If they are right, an administrator of IAM Identity Center has to assign the permission set to you or to your group in that account.',
    ],
    tellsCause: true,
    source: 'https://github.com/aws/aws-sam-cli/issues/2129',
  },
  'sign-in in another region': {
    says: /invalid_grant.{0,40}invalid grant provided/i,
    means:
      'The client asks for the sign-in in another region than that of IAM Identity Center (SSO), where nobody knows it.',
    advice: [
      'Set sso_region of the profile, or of its sso-session, to the region of IAM Identity Center. It need not be the region of your resources.',
    ],
    tellsCause: true,
    source: 'https://github.com/fwdcloudsec/granted/issues/385',
  },
} as const satisfies Readonly<Record<string, RefusalWords>>;
