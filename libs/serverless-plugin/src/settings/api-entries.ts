import { parseArn } from '@cross-account-api/iam';
import * as v from 'valibot';
import { propertiesOf } from '../properties.ts';
import { regionInUrl } from './api-url.ts';
import { accessMode, externalId, region, routes, text, textLike } from './rules.ts';

/** The name of the API that this project deploys, in the property `calls` of a function. */
export const OWN_API = 'api';

const roleArn = textLike(
  /^arn:aws[\w-]*:iam::\d{12}:role\/([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/,
  'must be the ARN of a role, such as arn:aws:iam::333333333333:role/orders-prod-invoke.shop',
);

/** The settings of another API that functions of the caller's service call: what its team hands over. */
export const apiEntries = {
  url: v.pipe(
    text('must be the URL of the API with its stage, or under a custom domain'),
    v.check(
      (url) => /^https:\/\/[^?#@\s]+$/.test(url) && URL.canParse(url),
      'must be an https URL without a query, such as https://abc123.execute-api.eu-central-1.amazonaws.com/prod',
    ),
  ),
  region: v.optional(region),
  accessMode: v.optional(accessMode, 'assume-role'),
  previousAccessMode: v.optional(accessMode),
  invokeRoleArn: v.optional(roleArn),
  externalId: v.optional(externalId),
  apiArn: v.optional(
    textLike(
      /^arn:aws[\w-]*:execute-api:[\w-]+:\d{12}:[a-z0-9]+\/[\w$-]+$/,
      'must be the ARN of the API with its stage, such as arn:aws:execute-api:eu-central-1:333333333333:abc123/prod',
    ),
  ),
  routes: v.optional(routes),
  callerRoleArn: v.optional(roleArn),
  profile: v.optional(text("must name an AWS profile that may read the API's account")),
};

/** The setting `apis`: other APIs by their names. */
export const apis = v.optional(
  v.pipe(
    v.record(
      textLike(/^[a-z][a-z0-9-]{0,19}$/, 'must be a name of up to 20 of the characters a-z 0-9 -'),
      v.strictObject(apiEntries),
      'must be APIs by their names, each with its settings',
    ),
    v.check((all) => !(OWN_API in all), `must not have the name ${OWN_API}: that is the API of this project`),
  ),
  {},
);

/** The problems of another API's settings taken together. A value of the wrong form is judged elsewhere. */
export function apiProblems(name: string, api: unknown): string[] {
  const {
    url,
    region,
    accessMode = 'assume-role',
    previousAccessMode,
    invokeRoleArn,
    apiArn,
    routes,
  } = propertiesOf(api);
  const modes = [accessMode, previousAccessMode];
  const problems: string[] = [];
  const demand = (mode: string, setting: string, value: unknown, rule: string) => {
    if (modes.includes(mode) && value === undefined) {
      problems.push(`${name}.${setting} is missing. In access mode ${mode}, it ${rule}.`);
    }
  };
  demand(
    'assume-role',
    'invokeRoleArn',
    invokeRoleArn,
    "must be the ARN of the role of the API's account that the function assumes",
  );
  demand(
    'resource-policy',
    'apiArn',
    apiArn,
    'must be the ARN of the API with its stage: what the ARNs in policy.json of the handover begin with, up to the stage',
  );
  demand(
    'resource-policy',
    'routes',
    routes,
    'must be the routes that the function may call, such as [GET /whoami]',
  );
  if (typeof url !== 'string') return problems;
  const inUrl = regionInUrl(url);
  if (inUrl === undefined && region === undefined) {
    problems.push(
      `${name}.region is missing. It must be the API's: the URL of a custom domain does not have it.`,
    );
  }
  if (inUrl !== undefined && region !== undefined && region !== inUrl) {
    problems.push(
      `${name}.region is ${JSON.stringify(region)}, and the URL is in ${inUrl}: ${url}. Remove region, or correct the URL.`,
    );
  }
  const arn = typeof apiArn === 'string' ? parseArn(apiArn) : undefined;
  const [, id] = /^https:\/\/([a-z0-9]+)(?:-vpce-[0-9a-f]+)?\.execute-api\./.exec(url) ?? [];
  const isSame = !arn?.region || (arn.region === inUrl && arn.resource.split('/')[0] === id);
  if (id !== undefined && !isSame) {
    problems.push(
      `${name}.apiArn is ${JSON.stringify(apiArn)}, and the URL is that of API ${id} in ${inUrl}. Correct one of them.`,
    );
  }
  return problems;
}
