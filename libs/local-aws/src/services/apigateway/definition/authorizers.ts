import * as v from 'valibot';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { badRequest } from './errors.ts';

/** Who decides about a request to a method or a route. Local AWS judges the first two and, in REST APIs, `CUSTOM`. */
export type AuthorizationType = 'NONE' | 'AWS_IAM' | OtherAuthorization;

type OtherAuthorization = 'CUSTOM' | 'COGNITO_USER_POOLS' | 'JWT';

/**
 * The authorization type of a method or a route.
 * @param where a suffix in the error message, e.g. ` on HTTP APIs`
 * @param others the types of authorizers beside IAM that are accepted
 * @param judged those of them that local AWS asks
 */
export const authorizationType = (
  where: string,
  others: readonly OtherAuthorization[],
  judged: readonly OtherAuthorization[] = [],
) => {
  const types: readonly AuthorizationType[] = ['AWS_IAM', ...others, 'NONE'];
  return withoutEffect(
    v.optional(
      v.picklist(types, ({ input }) => {
        const remedy = types.join(', ').replace(/, (\w+)$/, ' or $1');
        return `local AWS does not support AuthorizationType ${input}${where}: use ${remedy}.`;
      }),
      'NONE',
    ),
    `${judged.length === 0 ? 'an authorizer other than IAM' : 'such an authorizer'} is not judged here: its routes answer 401`,
    'NONE',
    'AWS_IAM',
    ...judged,
  );
};

/** The properties by which a method or a route names its authorizer. */
export const authorizerReference = {
  AuthorizerId: v.optional(v.string()),
  AuthorizationScopes: withoutEffect(v.optional(v.array(v.string())), 'no token is read'),
};

/**
 * Checks the authorizer of a method or a route (the words: https://github.com/aws/aws-cdk/issues/5618).
 * @param authorizers the IDs of those that the API has
 * @throws AwsError if the type needs one and none of the API is named
 */
export function checkAuthorizer(
  authorizers: { has(id: string): boolean },
  {
    authorizationType: type,
    authorizerId: id,
  }: { readonly authorizationType: AuthorizationType; readonly authorizerId?: string | undefined },
): void {
  if (type === 'NONE' || type === 'AWS_IAM' || (id !== undefined && authorizers.has(id))) return;
  const types = type === 'JWT' ? type : 'CUSTOM or COGNITO_USER_POOLS';
  throw badRequest(
    `Invalid authorizer ID specified. Setting the authorization type to ${types} requires a valid authorizer.`,
  );
}
