import type { RenderOptions } from '@cross-account-api/local-aws/explain';

type PlaceOf = NonNullable<RenderOptions['placeOf']>;

const API = 'services/api/serverless.yml';
const CALLER = 'services/caller/serverless.yml';
const INVOKE_ROLE = `${API}: resources.Resources.InvokeRole`;

/** Where in this project the policy is written that a change is about, for the decisions of the pair's chain. */
export const placeInProject: PlaceOf = ({ kind }, { action, resource, principalArn }) => {
  const toInvokeRole = /:role\/cross-account-api-.+-invoke$/.test(resource);
  const byInvokeRole = /:assumed-role\/cross-account-api-[^/]+-invoke\//.test(principalArn);
  const byCaller = /:assumed-role\/cross-account-caller-/.test(principalArn);
  switch (`${action} ${kind}`) {
    case 'sts:AssumeRole identity-based policy':
      return toInvokeRole && byCaller ? `${CALLER}: functions.caller.iamRoleStatements` : undefined;
    case 'sts:AssumeRole role trust policy':
      if (toInvokeRole) return `${INVOKE_ROLE}, AssumeRolePolicyDocument`;
      return principalArn === 'lambda.amazonaws.com' && /:role\/cross-account-/.test(resource)
        ? `serverless-iam-roles-per-function writes it for ${resource.includes('cross-account-caller-') ? CALLER : API}: deploy again`
        : undefined;
    case 'execute-api:Invoke identity-based policy':
      return byInvokeRole ? `${INVOKE_ROLE}, Policies` : undefined;
    case 'execute-api:Invoke resource-based policy':
      return `${API}: provider.apiGateway.resourcePolicy`;
    case 'lambda:InvokeFunction resource-based policy':
      return principalArn === 'apigateway.amazonaws.com' && resource.includes(':function:cross-account-api-')
        ? `the framework writes it for each http event of ${API}: deploy again`
        : undefined;
    default:
      return undefined;
  }
};
