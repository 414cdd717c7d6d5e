import { likelyPartitionOf } from '@cross-account-api/iam';
import type { PackageCheck } from '../commands/preflight.ts';
import { Mistake } from '../mistake.ts';
import { OWN_API } from '../settings/api-entries.ts';
import { regionInUrl } from '../settings/api-url.ts';
import { FIRST_CALLER } from '../settings/schema.ts';
import { apiIsNoted, apiOutputsOf } from '../variables.ts';
import { apisOf, callingFunctions, outputOf, statementIdsOf, variablesOf } from './calls.ts';

/** What serverless.yml of a project had in the place of `calls: [api]`, before there was this property. */
const OWN_STATEMENTS: readonly string[] = Object.values(statementIdsOf(OWN_API));

/** Nothing in serverless.yml contradicts the property `calls`. */
export const checkCalls: PackageCheck = ({ service }, { stage, settings }) => {
  for (const [name, { calls, iamRoleStatements = [] }] of Object.entries(service.functions ?? {})) {
    const written = iamRoleStatements.filter(({ Sid }) => OWN_STATEMENTS.includes(String(Sid)));
    if (calls !== undefined || written.length === 0) continue;
    const variables = Object.values(variablesOf(OWN_API)).join(', ');
    throw new Mistake(
      `The function "${name}" has the statement ${written.map(({ Sid }) => Sid).join(' and ')}. Write "calls: [api]" in its place, and remove the variables ${variables}: our plugin adds both, for the access mode of the stage. Nothing has been packaged.`,
    );
  }
  for (const { name, definition, calls, entry } of callingFunctions(service.functions, settings)) {
    const { environment = {}, iamRoleStatementsName: roleName } = definition;
    const set = calls.flatMap((api) => Object.values(variablesOf(api)).filter((each) => each in environment));
    if (set.length > 0) {
      throw new Mistake(
        `The function "${name}" has "calls: [${calls.join(', ')}]" and ${set.join(', ')} in its environment. The property "calls" sets these variables: remove them. Nothing has been packaged.`,
      );
    }
    const isFirst = name === FIRST_CALLER;
    const wanted = isFirst ? settings.callerRoleName : entry?.deployment?.roleName;
    if (roleName !== undefined && wanted !== undefined && roleName !== wanted) {
      const setting = isFirst ? 'callerRoleName' : `callers.${entry?.name}.roleName`;
      throw new Mistake(
        `The function "${name}" has the iamRoleStatementsName ${roleName}, and the API trusts the role ${wanted}. Remove iamRoleStatementsName; to change the name, set ${stage}.${setting} in services/stages.yml. Nothing has been packaged.`,
      );
    }
  }
};

/** Each API that a function calls is granted to it: this project's API by the setting `callers`, another one by its entry in `apis`. */
export const checkGrants: PackageCheck = ({ service }, { service: ownName, stage, settings }) => {
  const { accessMode, apis, partition, callerAccountId, rolePath } = settings;
  const outputs = apiOutputsOf(service.custom);
  for (const { name, definition, calls, entry } of callingFunctions(service.functions, settings)) {
    if (name !== FIRST_CALLER && calls.includes(OWN_API)) {
      if (entry === undefined) {
        throw new Mistake(
          `The function "${name}" calls the API, and services/stages.yml does not grant it: no entry of ${stage}.callers has it. Add one, such as ${name}: { ${settings.furtherCaller === undefined ? '' : `service: …, `}function: ${name}, externalId: …, routes: [GET /…] }, and deploy the API. Nothing has been packaged.`,
        );
      }
      if (
        accessMode === 'assume-role' &&
        apiIsNoted(service.custom) &&
        outputs[outputOf(entry)] === undefined
      ) {
        throw new Mistake(
          `services/stages.yml: the api service has not been deployed with ${stage}.callers.${entry.name}, which grants the function "${name}". Deploy both services: npx sls deploy --stage ${stage}.`,
        );
      }
    }
    const roleName =
      name === FIRST_CALLER
        ? settings.callerRoleName
        : (entry?.deployment?.roleName ?? definition.iamRoleStatementsName ?? `${ownName}-${stage}-${name}`);
    const roleArn = `arn:${partition}:iam::${callerAccountId}:role${rolePath}${roleName}`;
    for (const api of calls.filter((each) => each !== OWN_API)) {
      const granted = apis.find((each) => each.name === api);
      if (granted === undefined) {
        throw new Mistake(
          `The function "${name}" calls "${api}", and services/stages.yml does not grant it: ${stage}.apis has ${apis.length === 0 ? 'no entry' : apis.map((each) => each.name).join(', ')}. Ask the API's team to admit ${roleArn}. If the API is such a project, too, npm run handover writes the entry there. Nothing has been packaged.`,
        );
      }
      const { callerRoleArn } = granted;
      if (callerRoleArn !== undefined && callerRoleArn !== roleArn) {
        throw new Mistake(
          `The function "${name}" calls "${api}" as ${roleArn}, and ${stage}.apis.${api} in services/stages.yml is granted to ${callerRoleArn}. Ask the API's team to admit the function's role, and add what they hand over as a further entry. Nothing has been packaged.`,
        );
      }
    }
  }
};

/** Each API is in the caller's partition, and this project's API not in another region than the setting `apiRegion` says. */
export const checkApiRegion: PackageCheck = ({ service }, { stage, settings }) => {
  const { region, partition, apiRegion } = settings;
  for (const calling of callingFunctions(service.functions, settings)) {
    for (const api of apisOf(calling, settings, service.custom)) {
      const { name } = likelyPartitionOf(api.region);
      const what = api.name === OWN_API ? 'The API' : `The API "${api.name}"`;
      if (name !== partition) {
        throw new Mistake(
          `${what} is in ${api.region}, and stage ${stage} of the caller in ${region}. They are in two partitions of AWS, ${name} and ${partition}, which have separate accounts: no role of one can call the other. Deploy the caller to a region of ${name}, as another stage. Nothing has been packaged.`,
        );
      }
      const inUrl = regionInUrl(api.url);
      if (api.name === OWN_API && apiRegion !== undefined && inUrl !== undefined && apiRegion !== inUrl) {
        throw new Mistake(
          `services/stages.yml: ${stage}.apiRegion is ${apiRegion}, but the API's URL is in ${inUrl}: ${api.url}. Remove the setting, or correct the URL. Nothing has been packaged.`,
        );
      }
    }
  }
};
