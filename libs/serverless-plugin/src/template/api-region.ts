import { likelyPartitionOf, partitions } from '@cross-account-api/iam';
import type { PackageCheck } from '../commands/preflight.ts';
import type { FunctionStep } from '../deployment.ts';
import type { FunctionDefinition } from '../framework.ts';
import { Mistake } from '../mistake.ts';

/** The domains of AWS's own hosts of APIs. */
const domains = partitions.flatMap(({ dnsSuffix, dualStackDnsSuffix }) => [dnsSuffix, dualStackDnsSuffix]);

/**
 * The region in the URL of an API (also private: `<api>-<vpce>`) or of a VPC endpoint.
 * @returns `undefined` if the URL has none, such as that of a custom domain
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html
 */
export function regionInUrl(url: unknown): string | undefined {
  const { hostname = '' } = (typeof url === 'string' ? URL.parse(url) : null) ?? {};
  const [, region, domain = ''] = /\.execute-api\.([a-z\d-]+)\.(?:vpce\.)?(.+)$/.exec(hostname) ?? [];
  return domains.includes(domain) ? region : undefined;
}

/**
 * Gives the functions that call an API its region, for which requests are signed: the one in `API_URL` or, with a custom domain, the
 * setting `apiRegion`. Without both it stays the stage's region. A function without `API_REGION` is left alone.
 */
export const setApiRegion: FunctionStep = (functions, { apiRegion }) => {
  for (const definition of callingFunctions(functions)) {
    const region = regionInUrl(definition.environment?.API_URL) ?? apiRegion;
    if (region !== undefined) definition.environment = { ...definition.environment, API_REGION: region };
  }
};

/** The API is in the caller's partition, and not in another region than the setting `apiRegion` says. */
export const checkApiRegion: PackageCheck = (
  { service },
  { stage, settings: { region, partition, apiRegion } },
) => {
  for (const { environment } of callingFunctions(service.functions ?? {})) {
    const inUrl = regionInUrl(environment?.API_URL);
    const found = inUrl ?? apiRegion;
    if (found === undefined) continue;
    const { name } = likelyPartitionOf(found);
    if (name !== partition) {
      throw new Mistake(
        `The API is in ${found}, and stage ${stage} of the caller in ${region}. They are in two partitions of AWS, ${name} and ${partition}, which have separate accounts: no role of one can call the other. Deploy the caller to a region of ${name}, as another stage. Nothing has been packaged.`,
      );
    }
    if (apiRegion !== undefined && inUrl !== undefined && apiRegion !== inUrl) {
      throw new Mistake(
        `services/stages.yml: ${stage}.apiRegion is ${apiRegion}, but the API's URL is in ${inUrl}: ${environment?.API_URL}. Remove the setting, or correct the URL. Nothing has been packaged.`,
      );
    }
  }
};

/** The functions that have the variables `API_URL` and `API_REGION`. */
function callingFunctions(functions: Readonly<Record<string, FunctionDefinition>>): FunctionDefinition[] {
  return Object.values(functions).filter(
    ({ environment: { API_URL, API_REGION } = {} }) => API_URL !== undefined && API_REGION !== undefined,
  );
}
