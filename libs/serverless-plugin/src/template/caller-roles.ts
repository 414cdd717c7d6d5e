import type { PackageCheck } from '../commands/preflight.ts';
import type { FunctionStep, TemplateStep } from '../deployment.ts';
import type { FunctionDefinition } from '../framework.ts';
import { Mistake } from '../mistake.ts';
import { propertiesOf } from '../properties.ts';
import { contractRoutes } from '../routes/contract-routes.ts';
import { hash, invokeRoleId } from '../settings/names.ts';
import type { FurtherCaller, StageSettings } from '../settings/read.ts';
import { UNKNOWN_OUTPUT } from '../variables.ts';
import { routePattern } from './routes.ts';

/** The role's logical ID from serverless-iam-roles-per-function. Only a role with the default name keeps it. */
const ROLE_ID = 'CallerIamRoleLambdaExecution';
const FUNCTION_ID = 'CallerLambdaFunction';

/** The statement of the caller's role that each access mode needs. */
const STATEMENTS: Readonly<Record<string, string>> = {
  AssumeInvokeRole: 'assume-role',
  InvokeRoutes: 'resource-policy',
};

/** The function whose grant is that of the stage or, in a second caller's service, that of its entry in `callers`. */
const FIRST_FUNCTION = 'caller';

/** A function that calls the API: it has a statement that asks for it. */
interface CallingFunction {
  readonly name: string;
  readonly definition: FunctionDefinition;
  /** The entry of the setting `callers` that grants it. `undefined` for the first function, or if no entry does. */
  readonly entry: FurtherCaller | undefined;
}

/** The functions that call the API. The entry of a function is the one that trusts the function's role. */
function callingFunctions(
  functions: Readonly<Record<string, FunctionDefinition>>,
  { callers, callerAccountId, partition, rolePath }: StageSettings,
): readonly CallingFunction[] {
  return Object.entries(functions).flatMap(([name, definition]) => {
    const { iamRoleStatements = [], iamRoleStatementsName: roleName } = definition;
    const asks = iamRoleStatements.some(({ Sid }) => Object.hasOwn(STATEMENTS, String(Sid)));
    if (name !== FIRST_FUNCTION && !asks) return [];
    const roleArn = `arn:${partition}:iam::${callerAccountId}:role${rolePath}${roleName}`;
    const entry = name === FIRST_FUNCTION ? undefined : callers.find((each) => each.roleArn === roleArn);
    return [{ name, definition, entry }];
  });
}

/** Each function that asks for the API is granted it: by the stage, or by an entry of the setting `callers` with its role. */
export const checkGrants: PackageCheck = ({ service }, { stage, settings }) => {
  const { accessMode, callerAccountId, rolePath } = settings;
  const outputs = apiOutputsOf(service.custom);
  for (const { name, definition, entry } of callingFunctions(service.functions ?? {}, settings)) {
    if (name === FIRST_FUNCTION) continue;
    const roleName = definition.iamRoleStatementsName;
    if (roleName === undefined) {
      throw new Mistake(
        `The function "${name}" asks for the API, and its role has no name that the API could trust. Add to it: iamRoleStatementsName: \${self:service}-\${sls:stage}-${name}. Nothing has been packaged.`,
      );
    }
    if (entry === undefined) {
      throw new Mistake(
        `The function "${name}" asks for the API, and services/stages.yml does not grant it: no entry of ${stage}.callers has its role. Add one, such as ${name}: { accountId: "${callerAccountId}", roleName: ${rolePath.slice(1)}${roleName}, externalId: …, routes: [GET /…] }, and deploy the API. Nothing has been packaged.`,
      );
    }
    const isNoted = outputs.ApiUrl !== undefined && outputs.ApiUrl !== UNKNOWN_OUTPUT;
    if (accessMode === 'assume-role' && isNoted && outputs[outputOf(entry)] === undefined) {
      throw new Mistake(
        `services/stages.yml: the api service has not been deployed with ${stage}.callers.${entry.name}, which grants the function "${name}". Deploy both services: npx sls deploy --stage ${stage}.`,
      );
    }
  }
};

/** The noted outputs of the API's stack, which serverless.yml has among its settings. */
function apiOutputsOf(custom: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return propertiesOf(propertiesOf(custom.settings).apiOutputs);
}

/** The output of the API's stack with the ARN of the role that a further caller assumes. */
const outputOf = ({ name }: FurtherCaller): string => `${invokeRoleId(name)}Arn`;

/**
 * Removes what the stage's access mode does not use from the functions that call the API. While the mode is changed
 * (`previousAccessMode`), a role keeps the statements of both: an invocation may have begun with the previous one. A function that an
 * entry of the setting `callers` grants gets the role and the external ID of this entry.
 */
export const chooseAccessMode: FunctionStep = (functions, settings, custom) => {
  const { accessMode, accessModes, partition, apiAccountId, rolePath } = settings;
  for (const { definition, entry } of callingFunctions(functions, settings)) {
    const noted = entry && apiOutputsOf(custom)[outputOf(entry)];
    const invokeRoleArn =
      entry && (noted ?? `arn:${partition}:iam::${apiAccountId}:role${rolePath}${entry.invokeRoleName}`);
    if (accessMode !== 'assume-role') {
      delete definition.environment?.INVOKE_ROLE_ARN;
      delete definition.environment?.EXTERNAL_ID;
    } else if (entry !== undefined) {
      definition.environment = {
        ...definition.environment,
        INVOKE_ROLE_ARN: invokeRoleArn,
        EXTERNAL_ID: entry.externalId,
      };
    }
    definition.iamRoleStatements = (definition.iamRoleStatements ?? [])
      .filter(({ Sid }) => {
        const mode = STATEMENTS[String(Sid)];
        return mode === undefined || accessModes.some((each) => each === mode);
      })
      .map((statement) =>
        entry !== undefined && statement.Sid === 'AssumeInvokeRole'
          ? { ...statement, Resource: invokeRoleArn }
          : statement,
      );
  }
};

/**
 * Names the routes that a function may call as itself: those of the contract in `custom.routes`, the paths of an OpenAPI document, unless
 * its grant names fewer: the setting `routes` or, for a further caller, that of its entry. The statement `InvokeRoutes` has the ARN of
 * the API's stage, which goes in front of each.
 */
export const nameRoutes: FunctionStep = (functions, settings, { routes: paths }) => {
  for (const { definition, entry } of callingFunctions(functions, settings)) {
    // A second caller that this repository deploys has its own entry.
    const { routes = contractRoutes(paths) } = entry ?? settings.furtherCaller ?? settings;
    definition.iamRoleStatements = (definition.iamRoleStatements ?? []).map((statement) =>
      statement.Sid === 'InvokeRoutes'
        ? { ...statement, Resource: routes.map((route) => `${statement.Resource}/${routePattern(route)}`) }
        : statement,
    );
  }
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
