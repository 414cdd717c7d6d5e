import {
  applyAccessMode,
  makePrivate,
  quotaFindings,
  type Resource,
  STACK_RESOURCES,
  type StageSettings,
  type Template,
  unadmittedRoutes,
} from '@cross-account-api/serverless-plugin';
import { type CheckResult, resultsOf } from './check-result.ts';
import {
  type CallLimits,
  type Facts,
  isUnknown,
  LIMITS_FILE,
  type ServiceFacts,
  servicesOf,
  type Tool,
} from './facts.ts';

/** The tools are those that package.json asks for. */
export function checkTools({ tools }: Facts): CheckResult[] {
  const { pass, fail } = resultsOf('tools');
  const wrong = tools.filter((tool) => !isWanted(tool));
  if (wrong.length === 0) return [pass(`${tools.map(({ name, found }) => `${name} ${found}`).join(', ')}.`)];
  const described = wrong.map(
    ({ name, wanted, found }) =>
      `${name} is ${found ?? 'not installed'}, and package.json asks for ${wanted}.`,
  );
  return [fail(described.join(' '), 'Install the versions of package-lock.json:\n  npm ci')];
}

/** Whether a version is in a range of the form `^1.2.3`: the same major version, and not older. */
function isWanted({ wanted, found = '' }: Tool): boolean {
  const [lowest, version] = [wanted, found].map((text) =>
    text
      .replace(/^[^\d]*/, '')
      .split('.')
      .map(Number),
  );
  if (lowest === undefined || version === undefined || version[0] !== lowest[0]) return false;
  const difference = lowest.map((part, index) => (version[index] ?? 0) - part).find((part) => part !== 0);
  return (difference ?? 0) >= 0;
}

/** services/stages.yml has the stage, complete and correct, and both serverless.yml can be read with it. */
export function checkSettings(facts: Facts): CheckResult[] {
  const { stage, settings } = facts;
  const { pass, fail } = resultsOf('settings');
  if ('problem' in settings) {
    return [
      fail(settings.problem, 'Correct services/stages.yml, and check again. The accounts were not checked.'),
    ];
  }
  const unread = servicesOf(facts).flatMap(({ folder, service }) => {
    return isUnknown(service)
      ? [fail(`${folder}/serverless.yml cannot be read: ${service.unknown}`, 'Correct it, and check again.')]
      : [];
  });
  return unread.length > 0 ? unread : [pass(`Stage ${stage} in ${settings.region} is complete.`)];
}

/** Seconds after which API Gateway answers 504, whatever the function does. */
const API_GATEWAY_SECONDS = 29;

/**
 * Each time-out is longer than the work that it covers: API Gateway and the caller's HTTP client wait for the API's functions, the
 * caller's function for its client. Otherwise one gives up on a call that still succeeds.
 */
export function checkTimeouts(facts: Facts): CheckResult[] {
  const { api, caller } = knownServices(facts);
  const { limits } = facts;
  if (api === undefined || caller === undefined) return [];
  const { pass, warn, fail } = resultsOf('timeouts');
  // The caller's code may set other limits than the assumed ones.
  const failOrWarn = limits.isKnown ? fail : warn;
  const client = limits.timeoutMs / 1000;
  const margin = limits.marginMs / 1000;
  const wrong: CheckResult[] = [];
  for (const { name, timeoutSeconds } of api.functions.filter(({ routes }) => routes.length > 0)) {
    const limit = Math.min(API_GATEWAY_SECONDS, client);
    if (timeoutSeconds < limit) continue;
    const who =
      limit === client
        ? `the caller gives up after ${client} s${sourceOf(limits)}`
        : `API Gateway gives up after ${limit} s`;
    // As the error of such a call says: the client waits longer. API Gateway does not.
    const remedy =
      timeoutSeconds >= API_GATEWAY_SECONDS
        ? `Set its timeout in services/api/serverless.yml to less than ${limit}.`
        : `Raise the option timeoutMs of signedFetch to more than ${timeoutSeconds * 1000}${whereToSay(limits)}.`;
    const finding = timeoutSeconds >= API_GATEWAY_SECONDS ? fail : failOrWarn;
    wrong.push(
      finding(
        `The function ${name} may run for ${timeoutSeconds} s, and ${who}: a request could be executed and count as failed.`,
        remedy,
      ),
    );
  }
  for (const { name, timeoutSeconds } of caller.functions) {
    if (timeoutSeconds > client + margin) continue;
    wrong.push(
      failOrWarn(
        `The function ${name} ends after ${timeoutSeconds} s, and one attempt of its client may take ${client} s and needs ${margin} s more${sourceOf(limits)}.`,
        `Set its timeout in services/caller/serverless.yml to more than ${client + margin}.`,
      ),
    );
  }
  if (wrong.length > 0) return wrong;
  const functions = seconds(api.functions.filter(({ routes }) => routes.length > 0));
  return [
    pass(
      `API functions ${functions} < API Gateway ${API_GATEWAY_SECONDS} s and the client's attempt ${client} s${sourceOf(limits)} < caller function ${seconds(caller.functions)}.`,
    ),
  ];
}

/** For people: that limits are not known. */
function sourceOf({ isKnown }: CallLimits): string {
  return isKnown ? '' : ' (the defaults of signed-fetch, assumed)';
}

/** Where to say which limits the code has. */
function whereToSay({ isKnown }: CallLimits): string {
  return isKnown ? ` and in ${LIMITS_FILE}` : `, and export the limits as callLimits from ${LIMITS_FILE}`;
}

const MIB = 2 ** 20;
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LAMBDA_MIB = 6;
/** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const API_GATEWAY_MIB = 10;

/** The caller accepts every size of answer that the API may send. */
export function checkPayloads({ limits }: Pick<Facts, 'limits'>): CheckResult[] {
  const { pass, warn, fail } = resultsOf('payloads');
  const client = limits.maxResponseBytes / MIB;
  const known = `a function takes and returns up to ${LAMBDA_MIB} MB, API Gateway up to ${API_GATEWAY_MIB} MB`;
  const remedy = `Set the option maxResponseBytes of signedFetch to more than ${API_GATEWAY_MIB} * 2 ** 20${whereToSay(limits)}.`;
  const described = `The caller reads up to ${Number(client.toFixed(1))} MB${sourceOf(limits)}, and ${known}`;
  if (client < LAMBDA_MIB)
    return [fail(`${described}: it would refuse answers of the API's functions.`, remedy)];
  if (client < API_GATEWAY_MIB)
    return [warn(`${described}: it would refuse answers of other integrations.`, remedy)];
  return [pass(`${described}.`)];
}

/** Every route that is not declared as open has an authorizer, and those of IAM are the routes of the contract. */
export function checkProjectRoutes(facts: Facts): CheckResult[] {
  const { pass, warn, fail } = resultsOf('routes');
  const { settings } = facts;
  return Object.entries(knownServices(facts)).flatMap(
    ([
      name,
      {
        routes: { mistakes, signed, withoutIam, ...routes },
      },
    ]) => {
      const nobody =
        name === 'api' && !('problem' in settings) ? unadmittedRoutes(withoutIam, settings) : undefined;
      const admitting = (all: readonly string[]) =>
        nobody === undefined ? all : all.filter((route) => !withoutIam.includes(route));
      const [open, others] = [admitting(routes.open), admitting(routes.others)];
      return [
        ...mistakes.map((mistake) =>
          fail(mistake, `Correct services/${name}/serverless.yml. Nothing can be packaged before that.`),
        ),
        ...(open.length === 0
          ? []
          : [
              warn(
                `Anybody may call ${open.join(', ')}: services/${name}/serverless.yml declares it with "open: true".`,
                'If that is not meant, set "authorizer: aws_iam" in its event instead.',
              ),
            ]),
        ...(mistakes.length === 0 && others.length > 0
          ? [pass(`Another authorizer admits the callers of ${others.join(', ')}, and IAM does not.`)]
          : []),
        ...(nobody === undefined ? [] : [warn(nobody.problem, nobody.remedy)]),
        ...(mistakes.length === 0 && signed.length > 0 ? [pass(`IAM authorizes ${signed.join(', ')}.`)] : []),
      ];
    },
  );
}

/** AWS takes what serverless.yml becomes. Packaging judges the finished template and the zip files by the same table. */
export function checkProjectQuotas(facts: Facts): CheckResult[] {
  const { pass, warn, fail } = resultsOf('quotas');
  const { settings, stage, inlineTemplates } = facts;
  if ('problem' in settings) return [];
  const services = Object.entries(knownServices(facts));
  const found = services.flatMap(([name, service], index) => {
    const { region, partition, quotas } = settings;
    let template: Template;
    try {
      template = name === 'api' ? withAccessMode(service, stage, settings) : service.outline;
    } catch (error) {
      return [fail(String(error), 'Correct services/api/serverless.yml, and check again.')];
    }
    const of = {
      template,
      place: { stackName: service.stackName, region, partition },
      // Once.
      inlineTemplates: index === 0 ? inlineTemplates : [],
    };
    return quotaFindings(of, quotas).map(({ level, problem, remedy }) =>
      (level === 'error' ? fail : warn)(`${service.stackName}: ${problem}`, remedy),
    );
  });
  if (found.length > 0 || services.length === 0) return found;
  const counts = services.map(
    ([, { stackName, outline }]) => `${stackName} has ${Object.keys(outline.Resources).length}`,
  );
  return [
    pass(`${counts.join(', ')} of the ${STACK_RESOURCES} resources of a stack. No other quota is near.`),
  ];
}

/** The outline with what our plugin makes of the access mode: statements of the API's resource policy in place of invoke roles. */
function withAccessMode({ outline }: ServiceFacts, stage: string, settings: StageSettings): Template {
  const api: Resource = { Type: 'AWS::ApiGateway::RestApi', Properties: {} };
  const template = { ...outline, Resources: { ...outline.Resources, ApiGatewayRestApi: api } };
  for (const step of [applyAccessMode, makePrivate]) step(template, { service: '', stage, settings });
  return template;
}

/** The API takes no TLS version before 1.2. */
export function checkTls({ stage, settings }: Pick<Facts, 'stage' | 'settings'>): CheckResult[] {
  if ('problem' in settings) return [];
  const { pass, warn } = resultsOf('tls');
  const { securityPolicy, privateApi } = settings;
  // The default of a private API is TLS 1.2.
  const isOld = securityPolicy === 'TLS_1_0' || (securityPolicy === undefined && privateApi === undefined);
  if (!isOld) return [pass(`The API has the security policy ${securityPolicy ?? 'TLS_1_2'}.`)];
  return [
    warn(
      `The API takes TLS 1.0: services/stages.yml ${securityPolicy === undefined ? `has no ${stage}.securityPolicy` : `says so in ${stage}.securityPolicy`}.`,
      'Set it to SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09 when no caller needs an older version than TLS 1.2, and deploy. AWS takes about 15 minutes, and the API answers meanwhile.',
    ),
  ];
}

type KnownServices = Readonly<Partial<Record<'api' | 'caller', ServiceFacts>>>;

function knownServices(facts: Facts): KnownServices & Readonly<Record<string, ServiceFacts>> {
  const known = servicesOf(facts).flatMap(({ name, service }) =>
    isUnknown(service) ? [] : [[name, service] as const],
  );
  return Object.fromEntries(known);
}

function seconds(functions: readonly { readonly timeoutSeconds: number }[]): string {
  return [...new Set(functions.map(({ timeoutSeconds }) => `${timeoutSeconds} s`))].join(' and ');
}
