import { isDeepStrictEqual } from 'node:util';
import type { Change, ResourceChange, ResourceChangeDetail } from '@aws-sdk/client-cloudformation';

/** Takes the place of a value that may be a secret. */
export const NOT_SHOWN = '(not shown: it may be a secret)';

/** The properties whose values are up to the owner of a function or API, by type. */
const VARIABLES: Readonly<Record<string, string>> = {
  'AWS::Lambda::Function': 'Environment.Variables',
  'AWS::ApiGateway::Stage': 'Variables',
  'AWS::ApiGatewayV2::Stage': 'StageVariables',
};

/** A value that somebody changed. A value that is absent on one side is `undefined` there, and a variable's is {@link NOT_SHOWN}. */
export interface Difference {
  /** @example 'AssumeRolePolicyDocument.Statement[1]' */
  readonly path: string;
  readonly live: unknown;
  readonly template: unknown;
}

/** A resource that somebody changed past CloudFormation. */
export interface DriftedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string | undefined;
  readonly state: 'changed' | 'deleted';
  /** Whether CloudFormation makes a new resource, with another physical ID unless the template names it. */
  readonly isMadeAnew: boolean;
  /** Empty if it was deleted. */
  readonly differences: readonly Difference[];
}

/** A change that a drift-aware change set would make as well, although nobody changed the resource past CloudFormation. */
export interface OtherChange {
  readonly logicalId: string;
  readonly type: string;
  /** The properties and attributes, or what happens to the resource. */
  readonly what: string;
}

/** What a drift-aware change set would do. */
export interface JudgedChanges {
  readonly drifted: readonly DriftedResource[];
  readonly others: readonly OtherChange[];
}

/**
 * Tells what somebody changed by hand from everything else that a drift-aware change set would change. A reference to a resource of the
 * repair, such as its ARN in another resource, belongs to the repair: CloudFormation evaluates it when it has changed that resource.
 * @param changes as DescribeChangeSet with `IncludePropertyValues` answers them
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
 */
export function judgeChanges(changes: readonly Change[]): JudgedChanges {
  const all = changes.flatMap(({ ResourceChange }) => (ResourceChange === undefined ? [] : [ResourceChange]));
  const drifted = all.filter(isDrifted);
  const ofRepair = new Set(drifted.map(({ LogicalResourceId }) => LogicalResourceId));
  const unexplained = ({ Details = [] }: ResourceChange) =>
    Details.filter((detail) => !isDriftOf(detail) && !ofRepair.has(causeOf(detail)));
  for (let before = -1; before !== ofRepair.size; ) {
    before = ofRepair.size;
    for (const change of all)
      if (follows(change, unexplained(change))) ofRepair.add(change.LogicalResourceId);
  }
  const others = all.flatMap((change) => {
    const details = unexplained(change);
    const isOfRepair = ofRepair.has(change.LogicalResourceId) && details.length === 0;
    return isOfRepair ? [] : [otherChange(change, details)];
  });
  return { drifted: drifted.map(driftedResource), others };
}

/** Whether a change is only there because it refers to resources of the repair. */
function follows({ Action, Details = [] }: ResourceChange, unexplained: readonly unknown[]): boolean {
  return Action === 'Modify' && Details.length > 0 && unexplained.length === 0;
}

/** The resource on which a value depends that is not known yet. @example 'InvokeRole', for 'InvokeRole.Arn' */
function causeOf({ Evaluation, CausingEntity, ChangeSource }: ResourceChangeDetail): string | undefined {
  const isReference = ChangeSource === 'ResourceAttribute' || ChangeSource === 'ResourceReference';
  return Evaluation === 'Dynamic' && isReference ? CausingEntity?.split('.')[0] : undefined;
}

function isDrifted({ ResourceDriftStatus: status }: ResourceChange): boolean {
  return status === 'MODIFIED' || status === 'DELETED';
}

function isDriftOf({ Target }: ResourceChangeDetail): boolean {
  return Target?.Drift !== undefined;
}

function isMadeAnew({ ResourceDriftStatus, Replacement = 'False' }: ResourceChange): boolean {
  return ResourceDriftStatus === 'DELETED' || Replacement !== 'False';
}

function otherChange(
  { LogicalResourceId: logicalId = '', ResourceType: type = '', Action }: ResourceChange,
  details: readonly ResourceChangeDetail[],
): OtherChange {
  const parts = details.map(({ Target }) => (Target === undefined ? '' : pathOf(Target)));
  const what = [...new Set(parts.filter((part) => part !== ''))].join(', ');
  return { logicalId, type, what: what === '' ? `${Action}` : what };
}

function driftedResource(change: ResourceChange): DriftedResource {
  const {
    LogicalResourceId: logicalId = '',
    ResourceType: type = '',
    PhysicalResourceId: physicalId,
    ResourceDriftStatus,
  } = change;
  return {
    logicalId,
    type,
    physicalId,
    state: ResourceDriftStatus === 'DELETED' ? 'deleted' : 'changed',
    isMadeAnew: isMadeAnew(change),
    differences: (change.Details ?? [])
      .filter(isDriftOf)
      .flatMap(differencesOf)
      .flatMap((difference) => withoutVariables(difference, VARIABLES[type])),
  };
}

/** Variables by name, without their values. @param variables the path of the variables; `undefined` if the type has none */
function withoutVariables(difference: Difference, variables: string | undefined): readonly Difference[] {
  const { path, live, template } = difference;
  if (variables === undefined || !`${path}.`.startsWith(`${variables.split('.')[0]}.`)) return [difference];
  const hidden = (value: unknown) => (value === undefined ? undefined : NOT_SHOWN);
  const hide = (each: Difference) => ({
    path: each.path,
    live: hidden(each.live),
    template: hidden(each.template),
  });
  const rest = variables.slice(path.length + 1);
  const inside = (value: unknown) => (rest !== '' && isRecord(value) ? value[rest] : value) ?? {};
  const [here, there] = [inside(live), inside(template)];
  const isWhole = variables.startsWith(path) && isRecord(here) && isRecord(there);
  const byName = isWhole ? compareValues(variables, here, there).map(hide) : [];
  return byName.length > 0 ? byName : [hide(difference)];
}

function differencesOf({ Target }: ResourceChangeDetail): readonly Difference[] {
  if (Target === undefined) return [];
  const live = parsedValue(Target.Drift?.ActualValue ?? Target.BeforeValue);
  return compareValues(pathOf(Target), live, parsedValue(Target.AfterValue));
}

/** @example '/Properties/Policies/0' becomes 'Policies[0]' */
function pathOf({ Path, Name, Attribute }: NonNullable<ResourceChangeDetail['Target']>): string {
  const [, ...parts] = (Path ?? '').split('/').slice(1);
  if (parts.length === 0) return Name ?? `${Attribute}`;
  return parts
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce(
      (path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : path === '' ? part : `${path}.${part}`),
      '',
    );
}

/** CloudFormation gives objects and lists as JSON, and everything else as text. It may cut a long value, which is then text, too. */
function parsedValue(text: string | undefined): unknown {
  if (text === undefined || !/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The smallest parts in which two values differ. */
export function compareValues(path: string, live: unknown, template: unknown): readonly Difference[] {
  if (isDeepStrictEqual(live, template)) return [];
  if (Array.isArray(live) && Array.isArray(template)) {
    const [here, there] = [withoutEqual(live, template), withoutEqual(template, live)];
    const only = here.length === 1 && there.length === 1 ? [here[0], there[0]] : [];
    if (isRecord(only[0]) && isRecord(only[1])) {
      return compareValues(`${path}[${live.indexOf(only[0])}]`, only[0], only[1]);
    }
    const added = here.map((value) => ({
      path: `${path}[${live.indexOf(value)}]`,
      live: value,
      template: undefined,
    }));
    const lost = there.map((value) => ({
      path: `${path}[${template.indexOf(value)}]`,
      live: undefined,
      template: value,
    }));
    return added.length + lost.length > 0 ? [...added, ...lost] : [{ path, live, template }];
  }
  if (isRecord(live) && isRecord(template)) {
    return [...new Set([...Object.keys(live), ...Object.keys(template)])].flatMap((name) =>
      compareValues(`${path}.${name}`, live[name], template[name]),
    );
  }
  return [{ path, live, template }];
}

function withoutEqual(some: readonly unknown[], others: readonly unknown[]): readonly unknown[] {
  return some.filter((one) => !others.some((other) => isDeepStrictEqual(one, other)));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
