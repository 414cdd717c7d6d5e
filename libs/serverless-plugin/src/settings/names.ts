import { createHash } from 'node:crypto';
import { SettingsError } from './error.ts';
import type { ProjectService } from './services.ts';

/** The longest names of roles in IAM, and of functions in Lambda. */
const MAX_LENGTH = 64;

/** The number of hash characters that replace the name of a region or a caller. */
const REGION_HASH = 4;
const CALLER_HASH = 6;

/** The suffix of the first caller's invoke role, after service and stage. */
const INVOKE = '-invoke';

/**
 * The suffix of all roles in an additional region: roles belong to an account, not to a region. The underscore
 * keeps them apart from the roles of a stage that is called, say, `dev-us-east-1`, because stages have no underscores.
 */
export const roleSuffixOf = (additionalRegion: string): string => `_${additionalRegion}`;

/**
 * The name of a role in a region. If it has no room for the suffix, four characters of the region's hash are the suffix.
 * @param name in the stage's first region
 * @param roleSuffix of the region. Empty in the stage's first one
 * @example regionalName('shop-dev', '_us-east-1') // 'shop-dev_us-east-1'
 */
export function regionalName(name: string, roleSuffix: string): string {
  const whole = `${name}${roleSuffix}`;
  return whole.length <= MAX_LENGTH || roleSuffix === ''
    ? whole
    : `${name}_${hash(roleSuffix.slice(1), REGION_HASH)}`;
}

/** A name that serverless.yml has made with `roleSuffix`, as {@link regionalName} makes it. Other names stay. */
export function withRoomForRegion(name: string, roleSuffix: string): string {
  return roleSuffix !== '' && name.endsWith(roleSuffix)
    ? regionalName(name.slice(0, -roleSuffix.length), roleSuffix)
    : name;
}

/** The name of a service in a stage. It is the name of its stack, and the prefix of its functions and roles. */
export function nameOf({ name }: Pick<ProjectService, 'name'>, stage: string, suffix = ''): string {
  return `${name}-${stage}${suffix}`;
}

/** The name of the first caller's invoke role. */
export function firstInvokeRoleName(
  api: Pick<ProjectService, 'name'>,
  stage: string,
  roleSuffix: string,
): string {
  return regionalName(nameOf(api, stage, INVOKE), roleSuffix);
}

/**
 * The name of a further caller's invoke role. The dot keeps it apart from the roles of a stage that is called, say, `dev-invoke`,
 * because neither stages nor callers have dots. With a long stage name, six characters of its hash replace the caller's.
 */
export function invokeRoleName(
  api: ProjectService,
  stage: string,
  caller: string,
  roleSuffix: string,
): string {
  const prefix = nameOf(api, stage, `${INVOKE}.`);
  const name = `${prefix}${caller}${roleSuffix}`;
  return name.length <= MAX_LENGTH ? name : `${prefix}${hash(`${caller}${roleSuffix}`, CALLER_HASH)}`;
}

/** The name of the role of a function that an entry of the setting `callers` grants. */
export function functionRoleName(
  service: Pick<ProjectService, 'name'>,
  stage: string,
  functionKey: string,
  roleSuffix: string,
): string {
  return withinLimit(nameOf(service, stage, `-${functionKey}${roleSuffix}`));
}

/** A name that IAM takes. If it is too long, six characters of its hash replace its end. */
export function withinLimit(name: string): string {
  return name.length <= MAX_LENGTH
    ? name
    : `${name.slice(0, MAX_LENGTH - CALLER_HASH - 1)}-${hash(name, CALLER_HASH)}`;
}

/**
 * The logical ID of a further caller's invoke role. The stack's output with its ARN is called `<ID>Arn`.
 * @example invokeRoleId('team-2') // 'InvokeRoleTeamDash2': logical IDs have letters and digits only
 */
export function invokeRoleId(caller: string): string {
  return `InvokeRole${caller.charAt(0).toUpperCase()}${caller.slice(1).replaceAll('-', 'Dash')}`;
}

/**
 * The beginning of the logical IDs of a function's resources, such as `CallerLambdaFunction`.
 * @see https://github.com/oss-serverless/osls/blob/4.x/lib/plugins/aws/lib/naming.js `getNormalizedFunctionName`
 */
export function functionLogicalName(functionKey: string): string {
  const name = functionKey.replaceAll('-', 'Dash').replaceAll('_', 'Underscore');
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** The parts of a stage's names. */
export interface StageNames {
  readonly stage: string;
  readonly api: ProjectService | undefined;
  /** The services of the callers whose roles have names that follow from their services'. */
  readonly callers: readonly ProjectService[];
  /** Whether there are invoke roles of further callers. */
  readonly hasFurtherCallers: boolean;
  readonly roleSuffix: string;
}

/**
 * Makes sure that AWS accepts the names of a stage, and that no service has names of another one.
 * @throws SettingsError with the rule, and the longest names that fit
 */
export function checkNames(names: StageNames): void {
  checkLengths(names);
  const { stage, api, callers } = names;
  const services = [...(api === undefined ? [] : [api]), ...callers];
  for (const service of services) {
    for (const other of services) if (service !== other) checkApart(service, other, stage);
  }
}

function checkLengths({ stage, api, callers, hasFurtherCallers, roleSuffix }: StageNames): void {
  const functions = [...(api === undefined ? [] : [api]), ...callers].flatMap((service) =>
    service.functions.map((part) => ({ service, part, what: 'function', subject: 'Lambda' })),
  );
  const rolesOf = (service: ProjectService, parts: readonly string[]) =>
    parts.map((each) => {
      const part = regionalName(nameOf(service, stage, each), roleSuffix).slice(
        nameOf(service, stage).length,
      );
      return { service, part, what: 'role', subject: 'IAM' };
    });
  const further = hasFurtherCallers ? [{ part: `${INVOKE}.${'#'.repeat(CALLER_HASH)}` }] : [];
  const all = [
    ...functions,
    ...(api === undefined
      ? []
      : [
          ...rolesOf(api, [INVOKE, ...api.roles]),
          ...further.map(({ part }) => ({ service: api, part, what: 'role', subject: 'IAM' })),
        ]),
    ...callers.flatMap((service) => rolesOf(service, [''])),
  ];
  const longest = all.toSorted((a, b) => lengthOf(b, stage) - lengthOf(a, stage))[0];
  if (longest === undefined || lengthOf(longest, stage) <= MAX_LENGTH) return;
  const { service, part, what, subject } = longest;
  const room = MAX_LENGTH - 1 - part.length;
  throw new SettingsError(
    `The ${what} ${nameOf(service, stage, part)} has ${lengthOf(longest, stage)} characters, and ${subject} takes ${MAX_LENGTH}. Its name is made of the line "service:" in ${service.folder}/serverless.yml, the stage${part === '' ? '' : ` and ${part}`}. With the service ${service.name}, a stage may have at most ${Math.max(room - service.name.length, 0)} characters; in the stage ${stage}, a service at most ${room - stage.length}.`,
  );
}

const lengthOf = ({ service, part }: { service: ProjectService; part: string }, stage: string): number =>
  nameOf(service, stage, part).length;

/**
 * If one service is called `orders` and the other `orders-billing`, `orders` has in a stage `billing-dev` the names that
 * `orders-billing` has in the stage `dev`. Deployment roles are limited to names.
 */
function checkApart(service: ProjectService, other: ProjectService, stage: string): void {
  if (service.name === other.name) {
    throw new SettingsError(
      `${service.folder}/serverless.yml and ${other.folder}/serverless.yml both have "service: ${service.name}", so their stacks and roles would have the same names. Change the line of one of them.`,
    );
  }
  if (!other.name.startsWith(`${service.name}-`)) return;
  const rest = other.name.slice(service.name.length + 1);
  if (stage !== rest && !stage.startsWith(`${rest}-`)) return;
  throw new SettingsError(
    `The stage "${stage}" cannot be used: in it, the names of ${service.name} (${service.folder}) begin like those of ${other.name} (${other.folder}) in its stages. Choose a stage that does not begin with "${rest}".`,
  );
}

/** The first characters of a text's SHA-256 hash. */
export function hash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
