import { createHash } from 'node:crypto';

/** IAM allows 64 characters. The longest role name, `cross-account-api-<stage>-messages`, has 27 beside the stage. */
const ROLE_NAME_BUDGET = 64 - 27;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html, and AWS's file of endpoints */
const partitions = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
  ['eusc-', 'aws-eusc'],
] as const;

/** The partition of a region, as ARNs name it. Accounts of one partition have no access to another. */
export function partitionOf(region: string): string {
  return partitions.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
}

/**
 * What the names of all roles in an additional region end in: roles belong to an account, not to a region. The underscore keeps
 * them apart from the roles of a stage that is called, say, `dev-us-east-1`, because stages have no underscores.
 *
 * Beside a long stage name there is no room for the region's. Then four characters of its hash replace it.
 */
export function roleSuffixOf(additionalRegion: string, stage: string): string {
  const suffix = `_${additionalRegion}`;
  return stage.length + suffix.length <= ROLE_NAME_BUDGET ? suffix : `_${hash(additionalRegion, 4)}`;
}

/**
 * The name of a further caller's invoke role. The dot keeps it apart from the roles of a stage that is called, say, `dev-invoke`,
 * because neither stages nor callers have dots. Beside a long stage name, six characters of its hash replace the caller's.
 */
export function invokeRoleName(stage: string, caller: string, roleSuffix: string): string {
  const prefix = `cross-account-api-${stage}-invoke.`;
  const name = `${prefix}${caller}${roleSuffix}`;
  return name.length <= 64 ? name : `${prefix}${hash(`${caller}${roleSuffix}`, 6)}`;
}

/**
 * The logical ID of a further caller's invoke role. The stack's output with its ARN is called `<ID>Arn`.
 * @example invokeRoleId('team-2') // 'InvokeRoleTeamDash2': logical IDs have letters and digits only
 */
export function invokeRoleId(caller: string): string {
  return `InvokeRole${caller.charAt(0).toUpperCase()}${caller.slice(1).replaceAll('-', 'Dash')}`;
}

/** The first characters of a text's SHA-256 hash. */
export function hash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
