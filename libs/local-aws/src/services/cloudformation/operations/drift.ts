import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { listOf, paginate, wholeNumberText } from '../../../protocols/shapes.ts';
import { driftOfDetection, driftsOf, unreadReason } from '../engine/change/drift.ts';
import { type PropertyDifference, propertyDifferences } from '../engine/change/property-differences.ts';
import { unreadableResources } from '../engine/execution/resource-actions.ts';
import type { DetectedDrift, DriftDetection, LiveProperties, Stack } from '../engine/stack.ts';
import { validationError } from '../engine/template/errors.ts';
import { maskedJson, shownValue } from './change-set-values.ts';
import { secretsOf } from './describe.ts';
import * as shared from './operation.ts';

/** The states in which drift can be detected; the last one, because AWS recommends it after an import. */
const DETECTABLE = /^(?:CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT)_COMPLETE$|^UPDATE_ROLLBACK_FAILED$/;

/**
 * The operations that detect drift, and read what was found. A detection has ended when it is answered.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
 */
export function driftOperations(engine: shared.StackTools) {
  const { store } = engine;
  const operation = shared.operationsOn(store);
  return [
    operation('DetectStackDrift', {
      input: v.object({
        StackName: shared.stackNameOrId,
        LogicalResourceIds: v.optional(listOf(v.string())),
      }),
      // AWS asks for both: see "Considerations when detecting drift".
      requires: (input, caller) => {
        const permission = shared.onStack(store, caller, input);
        return [permission, { ...permission, action: 'cloudformation:DetectStackResourceDrift' }];
      },
      async handle({ StackName, LogicalResourceIds: ids }, call) {
        const find = () => {
          const stack = store.getForChange(call, StackName);
          if (DETECTABLE.test(stack.status)) return stack;
          throw validationError(
            `Drift of stack [${stack.name}] cannot be detected in ${stack.status} state.`,
          );
        };
        const actor = await engine.actor(call, find().deployment?.roleArn);
        const unreadable = await unreadableResources(find(), actor, engine);
        const stack = find();
        const missing = ids?.find((id) => !stack.resources.has(id));
        if (missing !== undefined) {
          throw validationError(`Resource ${missing} does not exist for stack ${stack.name}`);
        }
        stack.driftDetection = detect(stack, unreadable, engine.now(), ids);
        return { StackDriftDetectionId: stack.driftDetection.id };
      },
    }),
    operation('DescribeStackDriftDetectionStatus', {
      input: v.object({ StackDriftDetectionId: v.pipe(v.string(), v.nonEmpty()) }),
      // It names no stack: https://github.com/DhananjayThomble/URL-Shortener-App/issues/540
      requires: () => [{ resource: '*' }],
      handle({ StackDriftDetectionId }, call) {
        for (const { id: StackId, driftDetection } of store.list(call)) {
          if (driftDetection?.id !== StackDriftDetectionId) continue;
          const { drifts, time } = driftDetection;
          const unread = unreadReason(new Map([...drifts].map(([id, { drift }]) => [id, drift])));
          const count = [...drifts.values()].filter(({ drift }) =>
            /^(?:MODIFIED|DELETED)$/.test(drift.status),
          );
          return {
            StackId,
            StackDriftDetectionId,
            StackDriftStatus: driftOfDetection(drifts),
            DetectionStatus: unread === undefined ? 'DETECTION_COMPLETE' : 'DETECTION_FAILED',
            DetectionStatusReason: unread,
            DriftedStackResourceCount: count.length,
            Timestamp: time,
          };
        }
        throw validationError(`Drift detection [${StackDriftDetectionId}] does not exist`);
      },
    }),
    operation('DescribeStackResourceDrifts', {
      input: v.object({
        StackName: shared.stackNameOrId,
        StackResourceDriftStatusFilters: v.optional(
          listOf(v.picklist(['IN_SYNC', 'MODIFIED', 'DELETED', 'NOT_CHECKED', 'UNKNOWN', 'UNSUPPORTED'])),
          () => [],
        ),
        MaxResults: v.optional(wholeNumberText(1, 100)),
        NextToken: v.optional(v.string()),
      }),
      handle({ StackName, StackResourceDriftStatusFilters: filters, MaxResults, NextToken: token }, call) {
        const stack = store.getForChange(call, StackName);
        const found = [...(stack.driftDetection?.drifts ?? [])].filter(
          ([, { drift }]) => filters.length === 0 || filters.includes(drift.status),
        );
        const { items, next } = paginate(found, { size: MaxResults ?? 100, token });
        return {
          StackResourceDrifts: items.map(([id, detected]) => resourceDrift(stack, id, detected)),
          NextToken: next,
        };
      },
    }),
  ];
}

/** @param ids the resources to look at; those of earlier detections keep their result. Default: all */
function detect(
  stack: Stack,
  unreadable: ReadonlyMap<string, string>,
  time: Date,
  ids?: readonly string[],
): DriftDetection {
  const drifts = driftsOf(stack, unreadable);
  const before = ids === undefined ? [] : (stack.driftDetection?.drifts ?? []);
  const found = stack.deployedResources().flatMap(([id, deployed]) => {
    const drift = drifts.get(id);
    const isChecked = drift !== undefined && drift.status !== 'UNSUPPORTED' && ids?.includes(id) !== false;
    return isChecked ? [[id, { time, drift, deployed }] as const] : [];
  });
  return { id: randomUUID(), time, drifts: new Map([...before, ...found]) };
}

/** A resource in the answer of DescribeStackResourceDrifts. Only properties that the template sets are compared. */
function resourceDrift(stack: Stack, LogicalResourceId: string, { time, drift, deployed }: DetectedDrift) {
  const { status, actual, reason: DriftStatusReason } = drift;
  const shown = {
    StackId: stack.id,
    LogicalResourceId,
    PhysicalResourceId: deployed.state.physicalId,
    ResourceType: deployed.Type,
    StackResourceDriftStatus: status,
    DriftStatusReason,
    Timestamp: time,
  };
  const none: readonly PropertyDifference[] = [];
  if (status !== 'IN_SYNC' && status !== 'MODIFIED') return { ...shown, PropertyDifferences: none };
  const secrets = stack.deployment === undefined ? [] : secretsOf(stack.deployment);
  const compared = Object.keys(deployed.Properties).filter((name) =>
    Object.hasOwn(deployed.deployedLive ?? {}, name),
  );
  const select = (from: LiveProperties) =>
    Object.fromEntries(compared.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])));
  const [expected, present] = [select(deployed.Properties), select({ ...deployed.Properties, ...actual })];
  return {
    ...shown,
    ExpectedProperties: maskedJson(expected, secrets),
    ActualProperties: maskedJson(present, secrets),
    PropertyDifferences: propertyDifferences(expected, present, (value) =>
      value === undefined ? 'null' : shownValue(value, secrets),
    ),
  };
}
