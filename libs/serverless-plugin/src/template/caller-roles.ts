import type { FunctionStep, TemplateStep } from '../deployment.ts';
import { Mistake } from '../mistake.ts';
import { contractRoutes } from '../routes/contract-routes.ts';
import { hash } from '../settings/names.ts';
import { routePattern } from './routes.ts';

/** The role's logical ID from serverless-iam-roles-per-function. Only a role with the default name keeps it. */
const ROLE_ID = 'CallerIamRoleLambdaExecution';
const FUNCTION_ID = 'CallerLambdaFunction';

/** The statement of the caller's role that each access mode needs. */
const STATEMENTS: Readonly<Record<string, string>> = {
  AssumeInvokeRole: 'assume-role',
  InvokeRoutes: 'resource-policy',
};

/**
 * Removes what the stage's access mode does not use from the caller's function. While the mode is changed (`previousAccessMode`), the
 * role keeps the statements of both: an invocation may have begun with the previous one.
 */
export const chooseAccessMode: FunctionStep = ({ caller }, { accessMode, accessModes }) => {
  if (caller === undefined) return;
  if (accessMode !== 'assume-role') {
    delete caller.environment?.INVOKE_ROLE_ARN;
    delete caller.environment?.EXTERNAL_ID;
  }
  caller.iamRoleStatements =
    caller.iamRoleStatements?.filter(({ Sid }) => {
      const mode = STATEMENTS[String(Sid)];
      return mode === undefined || accessModes.some((each) => each === mode);
    }) ?? [];
};

/**
 * Names the routes that the caller may call as itself: those of the contract in `custom.routes`, the paths of an OpenAPI document, unless
 * the setting `routes` names fewer. The statement `InvokeRoutes` has the ARN of the API's stage, which goes in front of each.
 */
export const nameRoutes: FunctionStep = ({ caller }, settings, { routes: paths }) => {
  // A second caller that this repository deploys has its own entry.
  const { routes = contractRoutes(paths) } = settings.furtherCaller ?? settings;
  if (caller === undefined) return;
  caller.iamRoleStatements =
    caller.iamRoleStatements?.map((statement) =>
      statement.Sid === 'InvokeRoutes'
        ? { ...statement, Resource: routes.map((route) => `${statement.Resource}/${routePattern(route)}`) }
        : statement,
    ) ?? [];
};

/**
 * Keeps the previous caller role until `previousCallerRoleName` is removed from the stage's settings. An invocation that has begun
 * with that role may still have to assume the invoke role.
 *
 * Under one logical ID, a role with another name would replace the previous one, which CloudFormation would delete as soon
 * as the function has the new role. So each name has its own logical ID.
 */
export const keepPreviousRole: TemplateStep = ({ Resources }, { service, stage, settings }) => {
  const { callerRoleNames, roleSuffix } = settings;
  const { [ROLE_ID]: role, [FUNCTION_ID]: callerFunction } = Resources;
  if (role === undefined || callerFunction === undefined) {
    throw new Mistake(
      `The template has no ${ROLE_ID} or no ${FUNCTION_ID}. services/caller/serverless.yml must have a function "caller" with iamRoleStatements.`,
    );
  }
  delete Resources[ROLE_ID];
  const defaultName = `${service}-${stage}${roleSuffix}`;
  const [roleId = ROLE_ID] = callerRoleNames.map((RoleName) => {
    const id = RoleName === defaultName ? ROLE_ID : `CallerRole${hash(RoleName, 8)}`;
    Resources[id] = { ...role, Properties: { ...role.Properties, RoleName } };
    return id;
  });
  callerFunction.Properties.Role = { 'Fn::GetAtt': [roleId, 'Arn'] };
  callerFunction.DependsOn = callerFunction.DependsOn?.map((id) => (id === ROLE_ID ? roleId : id));
};
