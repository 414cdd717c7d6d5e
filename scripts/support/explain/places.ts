import type { Link, RenderOptions } from '@cross-account-api/local-aws/explain';

type PlaceOf = NonNullable<RenderOptions['placeOf']>;
type Change = Parameters<PlaceOf>[0];

/** Where in this project a policy of the chain is written. */
export const placeInProject: PlaceOf = (change, link) =>
  link === undefined ? undefined : place(change, link);

function place({ kind }: Change, { kind: link, title }: Link): string | undefined {
  switch (`${link}: ${kind}`) {
    case 'assume role: identity-based policy':
      return 'services/caller/serverless.yml: functions.caller.iamRoleStatements';
    case 'assume role: role trust policy':
      return 'services/api/serverless.yml: resources.Resources.InvokeRole, AssumeRolePolicyDocument';
    case 'invoke route: identity-based policy':
      return 'services/api/serverless.yml: resources.Resources.InvokeRole, Policies';
    case 'invoke route: resource-based policy':
      return 'services/api/serverless.yml: provider.apiGateway.resourcePolicy';
    case 'invoke function: resource-based policy':
      return 'the framework writes it for each http event of services/api/serverless.yml: deploy again';
    case 'function role: role trust policy':
      return `serverless-iam-roles-per-function writes it for ${title.includes('caller') ? 'services/caller' : 'services/api'}: deploy again`;
    default:
      return undefined;
  }
}
