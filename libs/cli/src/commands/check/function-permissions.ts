import { likelyPartitionOf } from '@cross-account-api/iam';
import { eventsOf, type Resource } from '@cross-account-api/serverless-plugin';
import type { EventFacts } from './facts.ts';

/** The type of a statement of a function's resource policy. */
const PERMISSION = 'AWS::Lambda::Permission';

/** The actions that make and remove a permission. Both have the condition key {@link PRINCIPAL_KEY}. */
export const permissionActions: readonly string[] = ['lambda:AddPermission', 'lambda:RemovePermission'];

/**
 * The condition key with the principal that a permission admits.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html#awslambda-policy-keys
 */
export const PRINCIPAL_KEY = 'lambda:Principal';

/** A function of serverless.yml, as far as its permissions need it. */
interface InvokedFunction {
  readonly name: string;
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly url?: unknown;
}

/**
 * The permissions that the framework makes of what invokes a function: its events and its URL.
 */
export function permissionsOf({ name, events, url }: InvokedFunction): readonly Resource[] {
  const admitted = eventsOf({ events }).flatMap(({ kind }) =>
    kind?.principal === undefined ? [] : [kind.principal],
  );
  const all = isOpenUrl(url) ? [...admitted, '*'] : admitted;
  return [...new Set(all)].map((Principal) => ({
    Type: PERMISSION,
    Properties: { FunctionName: name, Action: 'lambda:InvokeFunction', Principal },
  }));
}

/** The resources that the framework makes of events beside permissions, as far as a deployment needs further actions for them. */
export function eventResourcesOf({ events }: Pick<InvokedFunction, 'events'>): readonly Resource[] {
  const types = eventsOf({ events }).flatMap(({ kind }) => kind?.makes ?? []);
  return [...new Set(types)].map((Type) => ({ Type, Properties: {} }));
}

/** The events that need something of their function's role, or that are not known. */
export function eventFactsOf({ name: functionName, events }: InvokedFunction): readonly EventFacts[] {
  return eventsOf({ events }).flatMap(({ name: event, kind }): EventFacts[] => {
    if (kind === undefined) return [{ functionName, event, actions: undefined }];
    const actions = (kind.needs ?? []).flatMap((need) => need.actions);
    return actions.length === 0 ? [] : [{ functionName, event, actions }];
  });
}

function isOpenUrl(url: unknown): boolean {
  return url === true || (isObject(url) && url.authorizer === undefined);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** The principal in the context of a request about a permission. */
export function principalIn(context: Readonly<Record<string, readonly string[]>>): {
  readonly principal?: string;
} {
  const [principal] = context[PRINCIPAL_KEY] ?? [];
  return principal === undefined ? {} : { principal };
}

/** The target of a deployment, as far as the name of a principal depends on it. */
export interface PrincipalPlace {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

/**
 * The principals that the permissions of a template admit, each once.
 * @returns `undefined` among them for those that only CloudFormation knows, such as an attribute of another resource
 */
export function admittedPrincipals(
  resources: readonly Resource[],
  place: PrincipalPlace,
): readonly (string | undefined)[] {
  const permissions = resources.filter(({ Type }) => Type === PERMISSION);
  return [...new Set(permissions.map(({ Properties }) => resolvePrincipal(Properties.Principal, place)))];
}

/** Replaces the pseudo parameters of CloudFormation. */
function resolvePrincipal(value: unknown, place: PrincipalPlace): string | undefined {
  if (typeof value === 'string') return value;
  if (!isObject(value)) return undefined;
  const { region, accountId, partition } = place;
  const known = new Map([
    ['AWS::AccountId', accountId],
    ['AWS::Partition', partition],
    ['AWS::Region', region],
    ['AWS::URLSuffix', likelyPartitionOf(region).dnsSuffix],
  ]);
  const { Ref: name, 'Fn::Sub': pattern, 'Fn::Join': join } = value;
  if (typeof name === 'string') return known.get(name);
  if (typeof pattern === 'string') {
    const resolved = pattern.replaceAll(/\$\{([\w:]+)\}/g, (text, each) => known.get(each) ?? text);
    return resolved.includes('${') ? undefined : resolved;
  }
  if (!Array.isArray(join) || typeof join[0] !== 'string' || !Array.isArray(join[1])) return undefined;
  const parts = join[1].map((part) => resolvePrincipal(part, place));
  return parts.includes(undefined) ? undefined : parts.join(join[0]);
}
