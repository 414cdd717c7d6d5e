import {
  caller,
  type Deployment,
  functionArn,
  invokeRoleArn,
  readerOf,
} from '../../../iam/src/explanation/deployed/deployment.testing.ts';
import type { ChainReader } from '../aws/policy-reader.ts';
import type { Pair } from './pair.ts';

/** The pair of a deployment. */
export function pairOf({ api }: Deployment): Pair {
  const permissionIds = new Map([[functionArn, 'stack-ParcelsLambdaPermissionApiGateway-1']]);
  const invoked = { invokeRoleArn, externalId: 'secretless', sessionName: 'caller' };
  return {
    caller: { kind: 'function', ...caller },
    ...invoked,
    api,
    stage: 'dev',
    reading: { known: 'API' },
    project: { declaredOpen: [], permissionIds, links: [] },
  };
}

/**
 * Reads a deployment that is held in memory.
 * @param reserved the reserved concurrency of each function. Default: it has none
 */
export function chainReaderOf(deployment: Deployment, reserved?: number): ChainReader {
  return { ...readerOf(deployment), functionConcurrency: async () => ({ reserved }) };
}
