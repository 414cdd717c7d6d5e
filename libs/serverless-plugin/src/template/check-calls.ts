import { likelyPartitionOf } from '@cross-account-api/iam';
import type { PackageCheck } from '../commands/preflight.ts';
import type { DeploymentFacts } from '../deployment.ts';
import type { FunctionDefinition, Service } from '../framework.ts';
import { Mistake, refuse } from '../mistake.ts';
import { OWN_API } from '../settings/api-entries.ts';
import { regionInUrl } from '../settings/api-url.ts';
import { withRoomForRegion } from '../settings/names.ts';
import { FIRST_CALLER } from '../settings/schema.ts';
import { apiIsNoted, apiOutputsOf } from '../variables.ts';
import {
  apisOf,
  type CallingFunction,
  callingFunctions,
  environmentOf,
  outputOf,
  roleNameOf,
  statementIdsOf,
  variablesOf,
} from './calls.ts';
import { grantFaults } from './function-statements.ts';

/** The reason why a function cannot be packaged, and what to do. */
export interface CallProblem {
  readonly problem: string;
  readonly remedy: string;
}

/** Each function calls only what the stage grants it, and nothing in serverless.yml contradicts its property `calls`. */
export const checkCalls: PackageCheck = ({ service }, deployment) => {
  const [first] = callProblems(service, deployment);
  if (first !== undefined) throw new Mistake(`${first.problem} ${first.remedy} Nothing has been packaged.`);
  refuse(
    callingFunctions(service.functions, deployment.settings).flatMap(({ name, definition }) =>
      grantFaults(name, definition, service.provider, 'with "calls"'),
    ),
  );
};

/** The problems of all functions that call APIs. */
export function callProblems(
  { functions = {}, custom }: Pick<Service, 'functions' | 'custom'>,
  deployment: DeploymentFacts,
): readonly CallProblem[] {
  return [
    ...Object.entries(functions).flatMap(([name, definition]) => ownStatements(name, definition)),
    ...callingFunctions(functions, deployment.settings).flatMap((calling) => [
      ...contradictions(calling, custom, deployment),
      ...ungranted(calling, custom, deployment),
      ...wrongRegions(calling, custom, deployment),
    ]),
  ];
}

/** What serverless.yml of a project had in the place of `calls: [api]`, before there was this property. */
const OWN_STATEMENTS: readonly string[] = Object.values(statementIdsOf(OWN_API));

function ownStatements(name: string, { calls, iamRoleStatements = [] }: FunctionDefinition): CallProblem[] {
  const written = iamRoleStatements.filter(({ Sid }) => OWN_STATEMENTS.includes(String(Sid)));
  if (calls !== undefined || written.length === 0) return [];
  const variables = Object.values(variablesOf(OWN_API)).join(', ');
  return [
    {
      problem: `The function "${name}" has the statement ${written.map(({ Sid }) => Sid).join(' and ')}.`,
      remedy: `Write "calls: [api]" in its place, and remove the variables ${variables}: our plugin adds both, for the access mode of the stage.`,
    },
  ];
}

function contradictions(
  calling: CallingFunction,
  custom: Service['custom'],
  { stage, settings }: DeploymentFacts,
): CallProblem[] {
  const { name, definition, calls, entry } = calling;
  const { environment = {}, iamRoleStatementsName: written } = definition;
  const roleName = written && withRoomForRegion(written, settings.roleSuffix);
  const added: Readonly<Record<string, unknown>> = environmentOf(apisOf(calling, settings, custom));
  const set = calls
    .flatMap((api) => Object.values(variablesOf(api)))
    .filter((each) => each in environment && environment[each] !== added[each]);
  const isFirst = name === FIRST_CALLER;
  const wanted = isFirst ? settings.callerRoleName : entry?.deployment?.roleName;
  const setting = isFirst ? 'callerRoleName' : `callers.${entry?.name}.roleName`;
  return [
    ...(set.length === 0
      ? []
      : [
          {
            problem: `The function "${name}" has "calls: [${calls.join(', ')}]" and ${set.join(', ')} in its environment.`,
            remedy: 'The property "calls" sets these variables: remove them.',
          },
        ]),
    ...(roleName === undefined || wanted === undefined || roleName === wanted
      ? []
      : [
          {
            problem: `The function "${name}" has the iamRoleStatementsName ${roleName}, and the API trusts the role ${wanted}.`,
            remedy: `Remove iamRoleStatementsName; to change the name, set ${stage}.${setting} in services/stages.yml.`,
          },
        ]),
  ];
}

function ungranted(
  calling: CallingFunction,
  custom: Service['custom'],
  { stage, settings }: DeploymentFacts,
): CallProblem[] {
  const { name, calls, entry } = calling;
  const { partition, callerAccountId, rolePath } = settings;
  const roleArn = `arn:${partition}:iam::${callerAccountId}:role${rolePath}${roleNameOf(calling, settings)}`;
  return calls.flatMap((api) =>
    api === OWN_API
      ? ungrantedByCallers(name, entry, custom, { stage, settings })
      : ungrantedByApis(name, api, roleArn, { stage, settings }),
  );
}

/** The API of this project is granted by an entry of the setting `callers`; to the first function by the stage. */
function ungrantedByCallers(
  name: string,
  entry: CallingFunction['entry'],
  custom: Service['custom'],
  { stage, settings }: Pick<DeploymentFacts, 'stage' | 'settings'>,
): CallProblem[] {
  if (name === FIRST_CALLER) return [];
  if (entry === undefined) {
    const ofService = settings.furtherCaller === undefined ? '' : 'service: …, ';
    return [
      {
        problem: `The function "${name}" calls the API, and services/stages.yml does not grant it: no entry of ${stage}.callers has it.`,
        remedy: `Add one, such as ${name}: { ${ofService}function: ${name}, externalId: …, routes: [GET /…] }, and deploy the API.`,
      },
    ];
  }
  const isDeployed = !apiIsNoted(custom) || apiOutputsOf(custom)[outputOf(entry)] !== undefined;
  if (settings.accessMode !== 'assume-role' || isDeployed) return [];
  return [
    {
      problem: `services/stages.yml: the api service has not been deployed with ${stage}.callers.${entry.name}, which grants the function "${name}".`,
      remedy: `Deploy both services: npx sls deploy --stage ${stage}.`,
    },
  ];
}

/** Another API is granted by its entry in the setting `apis`. */
function ungrantedByApis(
  name: string,
  api: string,
  roleArn: string,
  { stage, settings: { apis, region, roleSuffix } }: Pick<DeploymentFacts, 'stage' | 'settings'>,
): CallProblem[] {
  const granted = apis.find((each) => each.name === api);
  if (granted === undefined) {
    const known = apis.length === 0 ? 'no entry' : apis.map((each) => each.name).join(', ');
    return [
      {
        problem: `The function "${name}" calls "${api}", and services/stages.yml does not grant it: ${stage}.apis has ${known}.`,
        remedy: `Ask the API's team to admit ${roleArn}. If the API is such a project, too, npm run handover writes the entry there.`,
      },
    ];
  }
  const { callerRoleArn } = granted;
  if (callerRoleArn === undefined || callerRoleArn === roleArn) return [];
  return [
    {
      problem: `The function "${name}" calls "${api}" as ${roleArn}, and ${stage}.apis.${api} in services/stages.yml is granted to ${callerRoleArn}.`,
      remedy:
        roleSuffix === ''
          ? "Ask the API's team to admit the function's role, and add what they hand over as a further entry."
          : `In an additional region of a stage, a function has another role. Deploy ${region} as another stage, and ask the API's team to admit the role that the function has there.`,
    },
  ];
}

/** An API in another partition than the caller, or this project's API in another region than the setting `apiRegion` says. */
function wrongRegions(
  calling: CallingFunction,
  custom: Service['custom'],
  { stage, settings }: DeploymentFacts,
): CallProblem[] {
  const { region, partition, apiRegion } = settings;
  return apisOf(calling, settings, custom).flatMap((api) => {
    const { name } = likelyPartitionOf(api.region);
    const what = api.name === OWN_API ? 'The API' : `The API "${api.name}"`;
    if (name !== partition) {
      return [
        {
          problem: `${what} is in ${api.region}, and stage ${stage} of the caller in ${region}. They are in two partitions of AWS, ${name} and ${partition}, which have separate accounts: no role of one can call the other.`,
          remedy: `Deploy the caller to a region of ${name}, as another stage.`,
        },
      ];
    }
    const inUrl = regionInUrl(api.url);
    if (api.name !== OWN_API || apiRegion === undefined || inUrl === undefined || apiRegion === inUrl)
      return [];
    return [
      {
        problem: `services/stages.yml: ${stage}.apiRegion is ${apiRegion}, but the API's URL is in ${inUrl}: ${api.url}.`,
        remedy: 'Remove the setting, or correct the URL.',
      },
    ];
  });
}
