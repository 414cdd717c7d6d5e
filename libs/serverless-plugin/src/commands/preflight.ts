import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { accountMistake } from '../credentials/account.ts';
import { accountId } from '../credentials/account-id.ts';
import { findCredentialsHere } from '../credentials/use.ts';
import type { DeploymentFacts } from '../deployment.ts';
import type { Framework, Service, Template } from '../framework.ts';
import { Mistake, refuse } from '../mistake.ts';
import { CONTRACT_FOLDER, staleDocument } from '../routes/contract-document.ts';
import { contractMistakes } from '../routes/contract-routes.ts';
import { type Door, openDoors } from '../routes/open-doors.ts';
import { eventMistakes, otherRoutesOf, routeEventsOf, variableMistakes } from '../routes/route-events.ts';
import { OWN_API } from '../settings/api-entries.ts';
import { firstInvokeRoleName } from '../settings/names.ts';
import { FIRST_CALLER } from '../settings/schema.ts';
import { apiOutputsOf, UNKNOWN_OUTPUT } from '../variables.ts';

/**
 * Checks serverless.yml before it is packaged. Sends no request.
 * @throws Mistake
 */
export type PackageCheck = (framework: Framework, deployment: DeploymentFacts) => void | Promise<void>;

/**
 * Checks the accounts before anything is deployed.
 * @throws Mistake
 */
export type DeploymentCheck = (framework: Framework, deployment: DeploymentFacts) => Promise<void>;

/** The folders into which the framework and serverless-esbuild write. */
const MADE_FOLDERS = ['.serverless', '.esbuild'];

/** This user may write to the folders of the command. Otherwise the framework would end with the stack of an `EACCES`. */
export const checkFolders = ({ serviceDir }: Pick<Framework, 'serviceDir'>): void => {
  for (const name of MADE_FOLDERS) {
    const made = join(serviceDir, name);
    const written = existsSync(made) ? made : serviceDir;
    try {
      accessSync(written, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw new Mistake(`${whyNotWritable(written, error)} The command keeps what it makes in ${made}.`);
    }
  }
};

function whyNotWritable(folder: string, error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'EROFS') {
    return `${folder} is on a read-only file system: copy the project to another one.`;
  }
  const [user, owner] = [process.getuid?.(), statSync(folder).uid];
  return user === owner
    ? `${folder} cannot be written: make it writable with chmod u+w '${folder}'.`
    : `${folder} belongs to user ${owner} and cannot be written by this one, ${user}: run the command as that user, or take the folder over with sudo chown -R "$USER" '${folder}'.`;
}

/**
 * The OpenAPI document of the contract, which routes and permissions follow, is not older than the contract. Otherwise the other checks
 * would propose wrong remedies.
 */
export const checkContract: PackageCheck = async ({ service, serviceDir }) => {
  if (service.custom.routes === undefined) return;
  const stale = await staleDocument(join(dirname(serviceDir), CONTRACT_FOLDER));
  if (stale !== undefined) throw new Mistake(`${stale}\nNothing has been packaged.`);
};

/** Each route has an authorizer, unless its event says `open: true`, and those of IAM are the routes of the contract. */
export const checkRoutes: PackageCheck = ({ service }) => {
  const events = routeEventsOf(service.functions);
  refuse([...eventMistakes(events), ...variableMistakes(events)]);
  refuse(
    contractMistakes(
      events.map(({ route }) => route),
      service.custom,
      otherRoutesOf(events),
    ),
  );
};

/**
 * Nothing in the compiled template is an open door, except for events that say `open: true`.
 * @throws Mistake
 */
export function checkDoors(
  template: Template,
  { functions }: Service,
  isOpenDoor: (door: Door) => boolean,
): void {
  refuse(openDoors(template, routeEventsOf(functions), isOpenDoor));
}

/** The API serves every route that the stage's settings give to a caller. */
export const checkCallersRoutes: PackageCheck = (
  { service },
  { stage, settings: { callers, routes: own } },
) => {
  const events = routeEventsOf(service.functions);
  const others = otherRoutesOf(events);
  const served = events.flatMap(({ route }) => (others.includes(route) ? [] : [route]));
  const lists = [
    [`${stage}.routes`, own] as const,
    ...callers.map(({ name, routes }) => [`${stage}.callers.${name}.routes`, routes] as const),
  ];
  for (const [setting, routes = []] of lists) {
    const foreign = routes.filter((route) => others.includes(route));
    if (foreign.length > 0) {
      throw new Mistake(
        `services/stages.yml: ${setting} has ${foreign.join(', ')}, which has an authorizer other than IAM: no role can call it. Remove it there, or set "authorizer: aws_iam" in its event in services/api/serverless.yml.`,
      );
    }
    const unknown = routes.filter((route) => !served.includes(route));
    if (unknown.length === 0) continue;
    throw new Mistake(
      `services/stages.yml: ${setting} has ${unknown.join(', ')}, which the API does not serve. Its routes are ${served.join(', ')}. Correct the setting, or add the route to services/api/serverless.yml.`,
    );
  }
};

/** If a function calls the API of this project, its URL is known, and the values that the access mode needs. */
export const checkApiIsKnown: PackageCheck = ({ service }, { stage, settings }) => {
  const callers = Object.entries(service.functions ?? {}).filter(([, { calls }]) => calls?.includes(OWN_API));
  if (callers.length === 0) return;
  const { ApiUrl: apiUrl, ApiArn: apiArn, InvokeRoleArn: invokeRoleArn } = apiOutputsOf(service.custom);
  const { accessMode, accessModes, furtherCaller } = settings;
  const { STAGE_REGION } = process.env;
  const npx = STAGE_REGION ? `STAGE_REGION=${STAGE_REGION} npx` : 'npx';
  if (apiUrl === UNKNOWN_OUTPUT) {
    throw new Mistake(
      `The caller service needs the API's URL, and this folder has no note of it. If the api service is deployed, run first: ${npx} sls api:info --stage ${stage}. If it is not: ${npx} sls deploy --stage ${stage}.`,
    );
  }
  const isKnown = {
    // That of a further function is another one, which `checkGrants` looks at.
    'assume-role': invokeRoleArn !== UNKNOWN_OUTPUT || callers.every(([name]) => name !== FIRST_CALLER),
    'resource-policy': apiArn !== UNKNOWN_OUTPUT,
  };
  if (accessModes.every((mode) => isKnown[mode])) return;
  if (furtherCaller !== undefined) {
    throw new Mistake(
      `services/stages.yml: the api service has not been deployed with ${stage}.callers.${furtherCaller.name} and accessMode ${accessMode}. Deploy all services: ${npx} sls deploy --stage ${stage}.`,
    );
  }
  throw new Mistake(
    `services/stages.yml: ${stage}.accessMode is ${accessMode}, and the api service has not been deployed with it. Deploy both services: ${npx} sls deploy --stage ${stage}.`,
  );
};

/** The invoke role keeps its path, and will trust the right accounts. Later, a check would be too late. */
export const checkTrustedAccounts: DeploymentCheck = async (framework, { service, stage, settings }) => {
  const { callerProfile, callerAccountId, rolePath, roleSuffix, callers } = settings;
  await checkRolePath(framework, stage, firstInvokeRoleName({ name: service }, stage, roleSuffix), rolePath);
  // `--aws-profile` takes the place of every profile.
  if (framework.processedInput.options['aws-profile']) return;
  const profiles = [
    { setting: 'callerAccountId', expected: callerAccountId, profile: callerProfile },
    ...callers.map((caller) => ({
      setting: `callers.${caller.name}.accountId`,
      expected: caller.accountId,
      profile: caller.deployment?.profile,
    })),
  ];
  for (const { profile, ...of } of profiles) {
    if (profile === undefined) continue;
    const source = await findCredentialsHere({ stage, stageProfile: profile });
    // The shell has credentials of account A. The caller's deployment checks its own.
    if (source.insteadOf !== undefined) continue;
    const actual = await accountId(framework, source, profile);
    const mistake = accountMistake({ stage, ...of, actual, subject: source.subject });
    if (mistake !== undefined) {
      throw new Mistake(`${mistake} Correct one of them. Nothing has been changed.`);
    }
  }
};

/** The caller's role keeps its path, as AWS cannot move a role. */
export const checkCallerRole: DeploymentCheck = (framework, { stage, settings }) =>
  checkRolePath(framework, stage, settings.callerRoleName, settings.rolePath);

/**
 * Stops a deployment that would move a role to another path. To CloudFormation that is a new role, and it refuses to make
 * one under a name that is taken.
 */
async function checkRolePath(
  framework: Framework,
  stage: string,
  roleName: string,
  rolePath: string,
): Promise<void> {
  const { GetRoleCommand, IAMClient } = await import('@aws-sdk/client-iam');
  const iam = new IAMClient(await framework.getProvider('aws').getAwsSdkV3Config());
  const path = await iam.send(new GetRoleCommand({ RoleName: roleName })).then(
    ({ Role }) => Role?.Path,
    // The role does not exist yet, or these credentials may not read it: CloudFormation has the last word.
    () => undefined,
  );
  iam.destroy();
  if (path === undefined || path === rolePath) return;
  throw new Mistake(
    `services/stages.yml: ${stage}.rolePath is ${rolePath}, but the role ${roleName} has the path ${path}. AWS cannot move a role to another path. Set rolePath to ${path}; or remove the stage and deploy it again: npx sls remove --stage ${stage}. Nothing has been changed.`,
  );
}
