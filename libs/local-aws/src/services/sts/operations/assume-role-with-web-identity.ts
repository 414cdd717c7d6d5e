import type { Authorizer } from '@cross-account-api/iam';
import * as v from 'valibot';
import type { Clock } from '../../../core/clock.ts';
import { AwsError } from '../../../core/errors.ts';
import type { AwsRequest } from '../../../core/request.ts';
import type { Directory } from '../../../identity/directory.ts';
import { validationError } from '../../../identity/errors.ts';
import { parseIdentityArn } from '../../../identity/identifiers.ts';
import { oidcProviderArn } from '../../../identity/oidc-providers.ts';
import type { Call } from '../../../pipeline/endpoint.ts';
import { requestKeys } from '../../../pipeline/global-context.ts';
import { currentRequest, refuses } from '../../../pipeline/request-scope.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { atLeast, atMost, wholeNumberText } from '../../../protocols/shapes.ts';
import * as shapes from './input.ts';
import { credentialsDocument, operation } from './operation.ts';
import { type IssuerKeys, invalidToken, readWebIdentityToken } from './web-identity-token.ts';

/** What the operation needs. */
export interface WebIdentityOptions {
  readonly directory: Directory;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly issuers: IssuerKeys;
}

const input = v.object({
  RoleArn: shapes.roleArn,
  RoleSessionName: shapes.roleSessionName,
  WebIdentityToken: v.pipe(v.string(), atLeast(4), atMost(20_000)),
  DurationSeconds: v.optional(wholeNumberText(900, 43_200), '3600'),
});

/** `AssumeRoleWithWebIdentity`, without session policies. The request is not signed: the token says who asks. */
export function assumeRoleWithWebIdentity(options: WebIdentityOptions): Operation {
  const declared = operation('AssumeRoleWithWebIdentity', {
    input,
    requires: () => [],
    handle: (request, { request: http }) => begin(request, http, options),
  });
  return {
    ...declared,
    bind(readInput, write) {
      const route = declared.bind(readInput, write);
      // It uses nothing else of the call.
      return { ...route, anonymous: (request) => route.dispatch({ request } as Call) };
    },
  };
}

async function begin(
  { RoleArn, RoleSessionName, WebIdentityToken, DurationSeconds }: v.InferOutput<typeof input>,
  http: AwsRequest,
  { directory, authorizer, clock, issuers }: WebIdentityOptions,
) {
  const parsed = parseIdentityArn(RoleArn);
  if (parsed?.kind !== 'role') throw validationError('Request ARN is invalid');
  const { iss, sub, aud } = readWebIdentityToken(WebIdentityToken, issuers, clock.now());
  const host = iss.replace(/^https:\/\//, '');
  const provider = directory.oidcProviders.find(oidcProviderArn(parsed.accountId, host));
  if (provider === undefined)
    throw invalidToken(`No OpenIDConnect provider found in your account for ${iss}`);
  const audience = aud.find((each) => provider.clientIds.includes(each));
  if (audience === undefined) throw invalidToken('Incorrect token audience');

  const role = directory.assumableRole(RoleArn);
  const decision = await authorizer.decide({
    principal: { type: 'Service', service: provider.arn },
    action: 'sts:AssumeRoleWithWebIdentity',
    resource: RoleArn,
    resourceAccountId: parsed.accountId,
    context: {
      ...requestKeys(http),
      'sts:RoleSessionName': RoleSessionName,
      'aws:FederatedProvider': provider.arn,
      [`${host}:aud`]: audience,
      [`${host}:sub`]: sub,
    },
    resourcePolicy: role && directory.roles.trustPolicy(role),
  });
  currentRequest()?.decisions.push(decision);
  if (role === undefined || refuses(decision)) {
    throw new AwsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
  }
  if (DurationSeconds > role.maxSessionDuration) {
    throw validationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
  const credential = directory.beginSession({
    role,
    sessionName: RoleSessionName,
    durationSeconds: DurationSeconds,
  });
  const { arn, userId } = credential.principal;
  return {
    AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
    Audience: audience,
    Credentials: credentialsDocument(credential),
    Provider: provider.arn,
    SubjectFromWebIdentityToken: sub,
  };
}
