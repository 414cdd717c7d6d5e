import type { TemplateStep } from '../deployment.ts';
import type { Template } from '../framework.ts';
import { Mistake } from '../mistake.ts';
import { functionLogicalName, functionRoleName, hash, nameOf, regionalName } from '../settings/names.ts';
import { FIRST_CALLER } from '../settings/schema.ts';
import { DEFAULT_ROLE } from './generated-roles.ts';
import { redirectReferences } from './references.ts';

/** The role of a function, as the stage's settings name it. */
interface NamedRole {
  /** The function's name in serverless.yml. */
  readonly functionKey: string;
  /** The role's name, and the previous one while it is changed. */
  readonly names: readonly string[];
  /** Only a role with this name keeps the logical ID of serverless-iam-roles-per-function. */
  readonly defaultName: string;
}

/**
 * Keeps the previous role of a function until it is removed from the stage's settings: `previousCallerRoleName` of the first function, and
 * `previousRoleName` of one that an entry of `callers` grants. An invocation that has begun with that role may still have to assume the
 * invoke role.
 *
 * Under one logical ID, a role with another name would replace the previous one, which CloudFormation would delete as soon
 * as the function has the new role. So each name has its own logical ID, and what refers to the role refers to the new one.
 */
export const keepPreviousRole: TemplateStep = (template, { service, stage, settings }) => {
  const { callerRoleNames, roleSuffix, functionGrants = [] } = settings;
  const first = {
    functionKey: FIRST_CALLER,
    names: callerRoleNames,
    defaultName: regionalName(nameOf({ name: service }, stage), roleSuffix),
  };
  const others = functionGrants.flatMap(({ deployment }) => {
    if (deployment?.function === undefined) return [];
    const { function: functionKey, roleNames: names } = deployment;
    return {
      functionKey,
      names,
      defaultName: functionRoleName({ name: service }, stage, functionKey, roleSuffix),
    };
  });
  for (const role of [first, ...others]) nameRoles(template, role);
};

function nameRoles(template: Template, { functionKey, names, defaultName }: NamedRole): void {
  const { Resources } = template;
  const prefix = functionLogicalName(functionKey);
  const [roleId, functionId] = [`${prefix}${DEFAULT_ROLE}`, `${prefix}LambdaFunction`];
  const { [roleId]: role } = Resources;
  if (role === undefined || Resources[functionId] === undefined) {
    // An entry of `callers` may be there before its function.
    if (functionKey !== FIRST_CALLER) return;
    throw new Mistake(
      `The template has no ${roleId} or no ${functionId}. services/caller/serverless.yml must have a function "${FIRST_CALLER}" with "calls: [api]" or with iamRoleStatements.`,
    );
  }
  delete Resources[roleId];
  const [ownId = roleId] = names.map((RoleName) => {
    const id = RoleName === defaultName ? roleId : `${prefix}Role${hash(RoleName, 8)}`;
    Resources[id] = { ...role, Properties: { ...role.Properties, RoleName } };
    return id;
  });
  // Those of the function, of its queues, streams and schedules, and those that its owner wrote.
  if (ownId !== roleId) redirectReferences(template, roleId, ownId);
}
