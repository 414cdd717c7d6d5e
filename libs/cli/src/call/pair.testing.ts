import {
  caller,
  type Deployment,
  functionArn,
  invokeRoleArn,
} from '../../../iam/src/deployed/deployment.testing.ts';
import type { Pair } from './pair.ts';

/** The pair of a deployment. */
export function pairOf({ api }: Deployment): Pair {
  const permissionIds = new Map([[functionArn, 'stack-ParcelsLambdaPermissionApiGateway-1']]);
  const invoked = { invokeRoleArn, externalId: 'secretless', sessionName: 'caller' };
  return { caller, ...invoked, api, stage: 'dev', permissionIds };
}
