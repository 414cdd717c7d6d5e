import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import type { Authorizer } from '@cross-account-api/iam';
import * as v from 'valibot';
import type { Clock } from '../../../core/clock.ts';
import { AwsError, errorOf } from '../../../core/errors.ts';
import type { AwsRequest } from '../../../core/request.ts';
import type { Directory } from '../../../identity/directory.ts';
import { validationError } from '../../../identity/errors.ts';
import { parseIdentityArn } from '../../../identity/identifiers.ts';
import { oidcProviderArn } from '../../../identity/oidc-providers.ts';
import type { ServiceRequest } from '../../../pipeline/endpoint.ts';
import { requestKeys } from '../../../pipeline/global-context.ts';
import { currentRequest, refuses } from '../../../pipeline/request-scope.ts';
import type { ServiceOperation } from '../../../protocols/operation.ts';
import { atLeast, atMost, wholeNumberText } from '../../../protocols/shapes.ts';
import { arn, credentialsDocument, operation, roleSessionName } from './operation.ts';

/** The public keys of token issuers, by URL (`https://…`). Local AWS does not fetch them. */
export type IssuerKeys = Readonly<Record<string, readonly JsonWebKey[]>>;

interface Options {
  readonly directory: Directory;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly issuers: IssuerKeys;
}

const input = v.object({
  RoleArn: arn,
  RoleSessionName: roleSessionName,
  WebIdentityToken: v.pipe(v.string(), atLeast(4), atMost(20_000)),
  DurationSeconds: v.optional(wholeNumberText(900, 43_200), '3600'),
});

const invalidToken = errorOf('InvalidIdentityToken');

const encodedJson = v.pipe(
  v.string(),
  v.transform((text) => Buffer.from(text, 'base64url').toString('utf8')),
  v.parseJson(),
);
const tokenParts = v.tuple([
  v.pipe(encodedJson, v.object({ alg: v.literal('RS256') })),
  v.pipe(
    encodedJson,
    v.object({
      iss: v.string(),
      sub: v.string(),
      aud: v.union([v.string(), v.array(v.string())]),
      exp: v.number(),
      nbf: v.optional(v.number(), 0),
    }),
  ),
  v.pipe(
    v.string(),
    v.transform((text) => Buffer.from(text, 'base64url')),
  ),
]);

/** `AssumeRoleWithWebIdentity`, without session policies. The request is not signed: the token identifies the caller. */
export function assumeRoleWithWebIdentity(options: Options): ServiceOperation {
  const declared = operation('AssumeRoleWithWebIdentity', {
    input,
    requires: () => [],
    handle: (request, { request: http }) => begin(request, http, options),
  });
  return {
    ...declared,
    bind(readInput, write) {
      const route = declared.bind(readInput, write);
      // The handler uses no other member of the call.
      return { ...route, anonymous: (request) => route.dispatch({ request } as ServiceRequest) };
    },
  };
}

async function begin(
  { RoleArn, RoleSessionName, WebIdentityToken, DurationSeconds }: v.InferOutput<typeof input>,
  http: AwsRequest,
  { directory, authorizer, clock, issuers }: Options,
) {
  const parsed = parseIdentityArn(RoleArn);
  if (parsed?.kind !== 'role') throw validationError('Request ARN is invalid');
  const { iss, sub, aud } = readWebIdentityToken(WebIdentityToken, issuers, clock.now());
  const host = iss.replace(/^https:\/\//, '');
  const provider = directory.oidcProviders.find(oidcProviderArn(parsed.accountId, iss));
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
  const session = { role, sessionName: RoleSessionName, durationSeconds: DurationSeconds };
  const credential = directory.beginSession(session);
  const { principal } = credential;
  return {
    AssumedRoleUser: { AssumedRoleId: principal.userId, Arn: principal.arn },
    Audience: audience,
    Credentials: credentialsDocument(credential),
    Provider: provider.arn,
    SubjectFromWebIdentityToken: sub,
  };
}

/** Reads a JSON Web Token that its issuer signed with RS256. */
function readWebIdentityToken(token: string, issuers: IssuerKeys, now: Date) {
  const result = v.safeParse(tokenParts, token.split('.'));
  if (!result.success) throw invalidToken('The ID Token provided is not a valid JWT.');
  const [, { iss, sub, aud, exp, nbf }, signature] = result.output;
  const signed = Buffer.from(token.slice(0, token.lastIndexOf('.')));
  const keys = Object.hasOwn(issuers, iss) ? (issuers[iss] ?? []) : [];
  if (!keys.some((key) => verify('RSA-SHA256', signed, createPublicKey({ key, format: 'jwk' }), signature))) {
    throw invalidToken("Couldn't retrieve verification key from your identity provider.");
  }
  const seconds = now.getTime() / 1000;
  if (seconds < nbf) throw invalidToken('The token is not valid yet.');
  if (seconds >= exp) {
    const message = `Token expired: current date/time ${Math.floor(seconds)} must be before the expiration date/time ${exp}`;
    throw new AwsError('ExpiredTokenException', message);
  }
  return { iss, sub, aud: [aud].flat() };
}
