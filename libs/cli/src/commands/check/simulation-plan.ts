import { likelyPartitionOf, wildcardMatcher } from '@cross-account-api/iam';
import { resourcesOfAction } from '@cross-account-api/iam/aws';
import type { DeploymentStatement } from './deployment-statements.ts';

/** Actions that are simulated together, on the same resources. */
export interface SimulationRequest {
  readonly actions: readonly string[];
  /** `undefined` for actions that are not about certain resources. */
  readonly resources: readonly string[] | undefined;
  /** Condition keys of the requests that a deployment will make. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

/** The values from which the context of a deployment's requests is made. */
export interface DeploymentContext {
  readonly region: string;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Plans how statements are simulated. AWS's simulator takes no action on a resource of another type, so each action is
 * simulated on the resources of its types.
 * @param known ARNs of the stage. They replace patterns that match them: a deployer may be allowed no more than these
 */
export function planSimulation(
  statements: readonly DeploymentStatement[],
  known: readonly string[],
  deployment: DeploymentContext,
): readonly SimulationRequest[] {
  const requests = new Map<string, { actions: string[] } & Omit<SimulationRequest, 'actions'>>();
  for (const { actions, resources, context: own } of statements) {
    const concrete = [...new Set(resources.flatMap((resource) => concretize(resource, known)))];
    for (const action of actions) {
      const fitting = resourcesOf(action, concrete);
      // The simulator cannot be asked, e.g. for apigateway:POST on /restapis/*: no kind of resource has such an ARN.
      if (fitting?.length === 0) continue;
      const context = { ...contextOf(action, deployment), ...own };
      const key = JSON.stringify([fitting, context]);
      const request = requests.get(key) ?? { actions: [], resources: fitting, context };
      if (!request.actions.includes(action)) request.actions.push(action);
      requests.set(key, request);
    }
  }
  return [...requests.values()];
}

function concretize(resource: string, known: readonly string[]): readonly string[] {
  if (!/[*?]/.test(resource)) return [resource];
  const isMatch = wildcardMatcher(resource);
  const matches = known.filter(isMatch);
  return matches.length > 0 ? matches : [resource];
}

/** The resources of the types that an action has; `undefined` if it has no types. */
function resourcesOf(action: string, resources: readonly string[]): readonly string[] | undefined {
  const types = resourcesOfAction(action);
  // The statements come from AWS's own list of permissions.
  if (types === undefined) throw new Error(`AWS has no action ${action}.`);
  if (types.length === 0) return undefined;
  return resources.filter((resource) => types.some((type) => isOfType(resource, type)));
}

/**
 * Names of buckets have no slashes, unlike names of roles, log groups and objects.
 * @param template e.g. `arn:<Partition>:s3:::<BucketName>/<ObjectName>`
 */
function isOfType(arn: string, template: string): boolean {
  if (/:::<BucketName>$/.test(template) && arn.includes('/')) return false;
  return wildcardMatcher(template.replaceAll(/<\w+>/g, '*'))(arn);
}

function contextOf(action: string, { region, tags }: DeploymentContext): SimulationRequest['context'] {
  const [service] = action.split(':');
  const names = Object.keys(tags);
  return {
    'aws:SecureTransport': ['true'],
    // IAM is one service for all regions of a partition.
    'aws:RequestedRegion': [service === 'iam' ? likelyPartitionOf(region).iamRegion : region],
    ...(names.length === 0 ? {} : { 'aws:TagKeys': names }),
    ...Object.fromEntries(Object.entries(tags).map(([name, value]) => [`aws:RequestTag/${name}`, [value]])),
  };
}
