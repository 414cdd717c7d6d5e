import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../../../../core/is-object.ts';
import type { Scope } from '../../../../core/scope.ts';
import type { DeployedResource, Drift, DriftDetection, LiveProperties, Stack } from '../stack.ts';
import { validateProperties } from './property-schema.ts';

/**
 * Reads what a resource is now.
 * @returns `undefined` if the resource is gone, or if its type is not compared
 */
export function readLive(
  { type, state, Properties }: Pick<DeployedResource, 'type' | 'state' | 'Properties'>,
  scope: Scope,
): LiveProperties | undefined {
  const valid = validateProperties(type.properties, Properties);
  return 'value' in valid ? type.read?.(state, valid.value, scope) : undefined;
}

/**
 * Compares a resource with what was read right after it was deployed, so what a service adds or rewrites is no drift. As on AWS, only
 * properties that the template sets count.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
 */
export function driftOf(deployed: DeployedResource, scope: Scope): Drift {
  const { deployedLive: before } = deployed;
  if (before === undefined) return { status: 'UNSUPPORTED', actual: {} };
  const now = readLive(deployed, scope);
  if (now === undefined) return { status: 'DELETED', actual: {} };
  const changed = Object.keys(before).filter(
    (name) => Object.hasOwn(deployed.Properties, name) && !isDeepStrictEqual(before[name], now[name]),
  );
  const actual = Object.fromEntries(
    changed.map((name) => [name, withChanges(deployed.Properties[name], before[name], now[name])]),
  );
  return { status: changed.length > 0 ? 'MODIFIED' : 'IN_SYNC', actual };
}

/** A value as it was deployed, with what changed since: what a service added to it, such as a default, is left out. */
function withChanges(deployed: unknown, before: unknown, now: unknown): unknown {
  if (isDeepStrictEqual(before, now)) return deployed;
  if (Array.isArray(deployed) && Array.isArray(before) && Array.isArray(now)) {
    const isSameLength = deployed.length === before.length && before.length === now.length;
    return isSameLength ? now.map((item, index) => withChanges(deployed[index], before[index], item)) : now;
  }
  if (!isObject(deployed) || !isObject(before) || !isObject(now)) return now;
  const names = [...new Set([...Object.keys(deployed), ...Object.keys(before), ...Object.keys(now)])];
  const values = names.map((name) => [name, withChanges(deployed[name], before[name], now[name])] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/**
 * The drift of each resource of a stack, by logical ID.
 * @param unreadable why resources may not be read
 */
export function driftsOf(stack: Stack, unreadable: ReadonlyMap<string, string>): ReadonlyMap<string, Drift> {
  return new Map(
    stack.deployedResources().map(([id, deployed]) => {
      const reason = unreadable.get(id);
      const drift: Drift =
        reason === undefined ? driftOf(deployed, stack) : { status: 'UNKNOWN', actual: {}, reason };
      return [id, drift];
    }),
  );
}

/** The drift of a stack, of that of its resources. */
export function driftOfStack(drifts: Iterable<Drift>): 'DRIFTED' | 'IN_SYNC' | 'UNKNOWN' {
  const statuses = new Set([...drifts].map(({ status }) => status));
  if (statuses.has('MODIFIED') || statuses.has('DELETED')) return 'DRIFTED';
  return statuses.has('UNKNOWN') ? 'UNKNOWN' : 'IN_SYNC';
}

/** The drift of a stack, of what a detection found. */
export function driftOfDetection(detected: DriftDetection['drifts']): ReturnType<typeof driftOfStack> {
  return driftOfStack([...detected.values()].map(({ drift }) => drift));
}

/**
 * Says which resources could not be read, and why.
 * @returns `undefined` if all could
 * @see https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/801
 */
export function unreadReason(drifts: ReadonlyMap<string, Drift>): string | undefined {
  const Failures = [...drifts].flatMap(([Resource, { reason }]) =>
    reason === undefined ? [] : [{ Resource, FailureReason: reason }],
  );
  if (Failures.length === 0) return undefined;
  const names = Failures.map(({ Resource }) => Resource).join(',');
  return JSON.stringify({ Summary: `Failed to detect drift on resources [${names}]`, Failures });
}

/** A resource with its live values in place of those that were deployed. */
export function asLive(deployed: DeployedResource, { actual }: Drift): DeployedResource {
  const merged = Object.entries({ ...deployed.Properties, ...actual });
  const Properties = Object.fromEntries(merged.filter(([, value]) => value !== undefined));
  return { ...deployed, Properties: Properties as DeployedResource['Properties'] };
}
