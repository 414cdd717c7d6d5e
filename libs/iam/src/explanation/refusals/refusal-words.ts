import type { PolicyKind } from '../../decision/decision.ts';
import { parseArn } from '../../deployed/principals.ts';
import type { NotAuthorized, OtherRefusal, Refusal } from './refusal.ts';

/** The meaning of a refusal, for a person. */
export interface RefusalMeaning {
  /** The meaning, in a sentence or more. */
  readonly means: string;
  /** The remedies, each in a sentence. */
  readonly advice: readonly string[];
  /** Whether the message tells the cause. If not, the chain must be walked. */
  readonly tellsCause: boolean;
}

const renew = 'Get new credentials, and sign the request again. A retry with the old signature fails, too.';

const others: Readonly<Record<OtherRefusal['form'], RefusalMeaning>> = {
  'missing authentication token': {
    means:
      'API Gateway says this in two cases: the request is not signed, or the deployment that the stage serves has no such route: another path, method or stage, or a route that was not deployed since it was added.',
    advice: [
      'Look whether the request has a header Authorization that begins with AWS4-HMAC-SHA256. A redirect or a proxy can drop it.',
      'If it does, it is the route.',
    ],
    tellsCause: false,
  },
  forbidden: {
    means:
      'A REST API says this before it looks at signature and policies: there is no such API or stage at this host, the default endpoint is disabled, the custom domain has no mapping for the path, the route wants an API key, AWS WAF blocks the request, or the API is private and the request does not come through one of its VPC endpoints. An HTTP API says nothing else if the signature is missing or wrong, or if no policy allows the call.',
    advice: [],
    tellsCause: false,
  },
  'not found': {
    means:
      'An HTTP API says this before it looks at signature and policies: it has no such route or stage, or its default endpoint is disabled. A function may say it, too.',
    advice: [],
    tellsCause: false,
  },
  unauthorized: {
    means:
      "The route's authorizer (Cognito or Lambda) got no token. The route is not authorized by IAM, so a signature means nothing to it.",
    advice: [
      "Send the authorizer's token, or change the route's authorizationType to AWS_IAM and deploy the API.",
    ],
    tellsCause: true,
  },
  authorizer: {
    means:
      "The route's Lambda authorizer denied the request. The route is not authorized by IAM: no policy of a role decides about it.",
    advice: ["Look into the authorizer's log for the policy that it returned."],
    tellsCause: true,
  },
  'function url': {
    means:
      'It is the URL of a function, and not of an API: its AuthType is AWS_IAM, and the policies do not allow lambda:InvokeFunctionUrl and lambda:InvokeFunction.',
    advice: [
      "Another account's principal needs both actions in its identity policy and in the function's policy.",
    ],
    tellsCause: true,
  },
  'incomplete signature': {
    means: 'The header Authorization is no signature of version 4, or parts of it are missing.',
    advice: ['Leave signing to a library. No proxy in between may rewrite the header.'],
    tellsCause: true,
  },
  'signature mismatch': {
    means:
      'The request that arrived is not the one that was signed, or it was signed with the secret of another key.',
    advice: [
      "Compare the canonical request of AWS's answer with the one that the client signed: method, path with its encoding, query, host, body.",
      'Take access key, secret and session token from the same credentials.',
      'Run it against local AWS: node_modules/.bin/local-aws explain names the line that differs.',
    ],
    tellsCause: true,
  },
  'signature expired': {
    means: 'The signature is more than five minutes old when it arrives.',
    advice: ["Set the clock of the client's machine. Sign each request when it is sent, retries too."],
    tellsCause: true,
  },
  'signature not yet current': {
    means: 'The signature is from the future, by more than five minutes.',
    advice: ["Set the clock of the client's machine."],
    tellsCause: true,
  },
  'scope date': {
    means: 'The date in the credential scope is not that of the header X-Amz-Date.',
    advice: ['Derive the signing key anew each day: a cached key is of yesterday.'],
    tellsCause: true,
  },
  'scope region': {
    means: 'The request is signed for another region than the one it was sent to.',
    advice: [
      "Sign for the API's region: it is in the host, after execute-api. For STS it is that of its endpoint.",
    ],
    tellsCause: true,
  },
  'scope service': {
    means: 'The request is signed for another service than the one it was sent to.',
    advice: ['Sign for the service execute-api, also at a custom domain.'],
    tellsCause: true,
  },
  'token expired': {
    means: 'The credentials with which the request was signed have expired.',
    advice: [renew],
    tellsCause: true,
  },
  'token invalid': {
    means:
      'AWS does not know the access key, or the session token is missing or belongs to another key. A key of another partition or of a region that must be enabled first is not known, either.',
    advice: [
      'Send the session token in X-Amz-Security-Token, and take all three parts from the same credentials.',
    ],
    tellsCause: true,
  },
  'role chaining': {
    means:
      'The caller has credentials of a role, as every function does. A role that is assumed with these gets at most 3600 s, whatever its MaxSessionDuration is.',
    advice: ['Ask for DurationSeconds 3600 or less, and assume the role again when the session ends.'],
    tellsCause: true,
  },
  'session maximum': {
    means:
      'The caller asks for a longer session than the role allows (MaxSessionDuration, 3600 s by default).',
    advice: [
      'Ask for a shorter one, or raise MaxSessionDuration of the role: aws iam update-role --max-session-duration',
    ],
    tellsCause: true,
  },
  duration: {
    means: 'STS issues sessions of 900 s to 43200 s.',
    advice: [
      'Ask for DurationSeconds in this range, and of 3600 at most if the caller has credentials of a role.',
    ],
    tellsCause: true,
  },
  'session name': {
    means: 'The session name has characters that STS does not take, or fewer than 2 or more than 64 of them.',
    advice: ['Use letters, digits and any of = , . @ _ - in RoleSessionName.'],
    tellsCause: true,
  },
  'region disabled': {
    means:
      "STS is switched off in this region for the role's account, or the account has not enabled the region.",
    advice: [
      "Ask STS in the caller's own region, or let the account's administrator activate it: IAM console, account settings.",
    ],
    tellsCause: true,
  },
  'root user': {
    means: 'The caller has the credentials of a root user, which cannot assume roles.',
    advice: ['Use the credentials of a role or a user.'],
    tellsCause: true,
  },
  'function role': {
    means:
      "The trust policy of the function's role does not let lambda.amazonaws.com assume it, or the role was deleted.",
    advice: [],
    tellsCause: false,
  },
  'function key': {
    means:
      "The function's role may not decrypt the function's environment variables: it is not about the call.",
    advice: [
      "Allow the role kms:Decrypt with the function's key, in a policy of the role or in the key's policy.",
    ],
    tellsCause: true,
  },
  'function permission': {
    means:
      'API Gateway may not invoke the function behind the route: the policy of the function has no permission for this API, stage and route. The caller sees 500 Internal server error.',
    advice: [],
    tellsCause: false,
  },
  'function missing': {
    means: 'The function does not exist in this account and region, or not with this version or alias.',
    advice: ['Compare account, region and name with the deployed function.'],
    tellsCause: true,
  },
  throttled: {
    means:
      "The stage's or the account's limit is reached, or the limit of the stage is 0. Of a usage plan, it is the plan's rate or quota.",
    advice: [],
    tellsCause: false,
  },
  'internal server error': {
    means:
      'API Gateway let the request in, and then failed: it may not invoke the function, or the function threw or returned no proxy response.',
    advice: ["If API Gateway may invoke it, look into the function's log."],
    tellsCause: false,
  },
  'timed out': {
    means:
      'API Gateway let the request in, and the function took longer than the 29 s (or less) of the integration.',
    advice: ["Look into the function's log for what it waits for."],
    tellsCause: true,
  },
};

/** The owner of each kind of policy. */
const owners: Readonly<Record<PolicyKind, 'principal' | 'resource' | 'organization' | 'endpoint'>> = {
  'identity-based policy': 'principal',
  'permissions boundary': 'principal',
  'session policy': 'principal',
  'service control policy': 'organization',
  'resource-based policy': 'resource',
  'role trust policy': 'resource',
  'resource control policy': 'organization',
  'VPC endpoint policy': 'endpoint',
};

/** The meaning of a refusal. */
export function meaningOf(refusal: Refusal): RefusalMeaning {
  return refusal.form === 'not authorized' ? meaningOfDenial(refusal) : others[refusal.form];
}

function meaningOfDenial({
  principal,
  action,
  resource = '',
  denial,
  policy,
}: NotAuthorized): RefusalMeaning {
  if (principal === 'anonymous') {
    return {
      means:
        "The request is not signed, or the route takes unsigned ones (authorizationType NONE), and the API's resource policy does not allow them.",
      advice: ['If the caller signs: deploy the route with authorizationType AWS_IAM.'],
      tellsCause: true,
    };
  }
  const [own, others] = [parseArn(principal).accountId, accountIn(resource)];
  if (policy === undefined) {
    return {
      means: `AWS does not say which policy is at fault. It needs one of account ${own} that allows ${action} to the caller${
        action === 'sts:AssumeRole'
          ? `, and the trust policy of the role in account ${others}, with all its conditions; or the role does not exist`
          : others === own
            ? ''
            : ` and, if account ${others} is another one, one of the resource`
      }.`,
      advice: [],
      tellsCause: false,
    };
  }
  const verb = denial === 'explicit' ? 'denies it' : 'does not allow it';
  const where = {
    principal: `in account ${own}, of the role or user that made the request`,
    resource: `in account ${others}, of the resource`,
    organization: 'of the AWS organization: its administrators change it, for the account or a unit above it',
    endpoint: 'of the VPC endpoint, in the account of the VPC',
  }[owners[policy]];
  return {
    means: `The ${policy} ${verb}. It is ${where}.`,
    advice: [
      ...(policy === 'session policy'
        ? ['It was given to AssumeRole: change the program that assumes the role.']
        : []),
      ...(policy === 'resource-based policy' && action === 'execute-api:Invoke'
        ? ["A change of an API's resource policy takes effect when the API is deployed again."]
        : []),
    ],
    tellsCause: true,
  };
}

/** The account of a resource. API Gateway masks all but its last four digits. */
export function accountIn(resource: string): string {
  return parseArn(resource).accountId || 'unknown';
}
