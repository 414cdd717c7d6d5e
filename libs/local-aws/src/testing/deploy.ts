import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Actor } from './actor.ts';
import {
  CloudFormation,
  type DeployedStack,
  DeploymentError,
  MOST_TEMPLATE_BYTES,
} from './cloudformation.ts';
import {
  DeploymentInputError,
  packageFolderIn,
  readServicePackage,
  type ServicePackage,
} from './service-package.ts';

/** What a stack is deployed with. */
export interface DeployOptions {
  /** The stack's name. Default: that of the package. A template needs one. */
  readonly name?: string | undefined;
  /** The parameters of the template. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /**
   * Texts in the template, and what replaces them: values that were not known when the service was packaged, such as
   * `{ 'https://api.invalid': outputs.ApiUrl }`.
   */
  readonly replace?: Readonly<Record<string, string>> | undefined;
  /** Tags of the stack, which CloudFormation gives to its resources. Those of a package are there anyway. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Default: that of the package, or that of local AWS. */
  readonly region?: string | undefined;
}

/**
 * Deploys a template or a package. @param source as in `TestAws.deploy`
 * @throws DeploymentInputError, DeploymentError
 */
export async function deploy(
  source: string | object,
  options: DeployOptions,
  actor: Pick<Actor, 'fetch'>,
  defaultRegion: string,
): Promise<DeployedStack> {
  const replace = (template: string) => replacePlaceholders(template, options.replace ?? {});
  if (typeof source !== 'string')
    return deployTemplate(replace(JSON.stringify(source)), options, actor, defaultRegion);
  const path = resolve(source);
  if (!existsSync(path))
    throw new DeploymentInputError(
      `There is no ${path}. deploy() takes the path of a service or of a template, or a template as an object.`,
    );
  if (!(await stat(path)).isDirectory()) {
    return deployTemplate(replace(await readFile(path, 'utf8')), options, actor, defaultRegion);
  }
  const folder = packageFolderIn(path);
  if (folder === undefined) {
    throw new DeploymentInputError(
      `${path} is not packaged. Run "npx sls package --stage local" in it first, or pass the folder that --package named.`,
    );
  }
  const found = await readServicePackage(folder);
  return deployPackage({ ...found, template: replace(found.template) }, options, actor);
}

async function deployTemplate(
  template: string,
  { name, parameters = {}, tags = {}, region }: DeployOptions,
  actor: Pick<Actor, 'fetch'>,
  defaultRegion: string,
): Promise<DeployedStack> {
  if (name === undefined)
    throw new DeploymentInputError(
      'A template needs the name of its stack: deploy(template, { account, name }).',
    );
  const cloudFormation = new CloudFormation(actor, region ?? defaultRegion);
  const bucket = `testing-templates-${crypto.randomUUID()}`;
  const content = { stackName: name, template, parameters, tags };
  if (Buffer.byteLength(template) <= MOST_TEMPLATE_BYTES) return cloudFormation.deploy(content);
  const url = `https://s3.us-east-1.amazonaws.com/${bucket}`;
  await createBucket(actor, url, 'us-east-1');
  return cloudFormation.deploy({ ...content, templateUrl: await put(actor, `${url}/template`, template) });
}

/** As the CLI does: the bucket first, then the files in it, then everything else. */
async function deployPackage(
  { stackName: packaged, bucketTemplate, template, artifacts, ...found }: ServicePackage,
  { name: stackName = packaged, parameters = {}, region = found.region, ...options }: DeployOptions,
  actor: Pick<Actor, 'fetch'>,
): Promise<DeployedStack> {
  const cloudFormation = new CloudFormation(actor, region);
  const tags = { ...found.tags, ...options.tags };
  const s3 = `https://s3.${region}.amazonaws.com`;
  if (found.bucket !== undefined) {
    await createBucket(actor, `${s3}/${found.bucket}`, region);
  } else if (!(await cloudFormation.exists(stackName))) {
    await cloudFormation.deploy({ stackName, template: bucketTemplate, parameters: {}, tags });
  }
  const bucket = found.bucket ?? (await cloudFormation.physicalId(stackName, 'ServerlessDeploymentBucket'));
  const url = `${s3}/${bucket}`;
  for (const { key, file } of artifacts) await put(actor, `${url}/${key}`, await readFile(file));
  const isLong = Buffer.byteLength(template) > MOST_TEMPLATE_BYTES;
  const templateUrl = isLong
    ? await put(actor, `${url}/template-${crypto.randomUUID()}`, template)
    : undefined;
  return cloudFormation.deploy({ stackName, template, templateUrl, parameters, tags });
}

/** Creates a bucket, unless it exists. @throws DeploymentError */
async function createBucket(actor: Pick<Actor, 'fetch'>, url: string, region: string): Promise<void> {
  const place = `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
  const response = await actor.fetch(url, { method: 'PUT', body: region === 'us-east-1' ? '' : place });
  if (!response.ok && response.status !== 409) throw await failure(url, response);
}

/** Puts an object. @returns its URL @throws DeploymentError */
async function put(actor: Pick<Actor, 'fetch'>, url: string, body: string | Buffer): Promise<string> {
  const response = await actor.fetch(url, {
    method: 'PUT',
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  if (!response.ok) throw await failure(url, response);
  return url;
}

async function failure(url: string, response: Response): Promise<DeploymentError> {
  return new DeploymentError(`PUT ${url}: ${response.status} ${await response.text()}`);
}

/** No name below this domain ever resolves (https://www.rfc-editor.org/rfc/rfc2606). */
const PLACEHOLDER = /\.invalid(?![\w-])/;

/** @throws DeploymentInputError if a placeholder is left */
function replacePlaceholders(template: string, values: Readonly<Record<string, string>>): string {
  const replaced = Object.entries(values).reduce(
    (text, [placeholder, value]) => text.replaceAll(placeholder, () => JSON.stringify(value).slice(1, -1)),
    template,
  );
  const known = Object.values(values);
  const words = new Set(replaced.split(/[\s"'\\,]+/));
  const left = [...words].filter((text) => PLACEHOLDER.test(text) && !known.includes(text));
  if (left.length === 0) return replaced;
  throw new DeploymentInputError(
    `The template still has placeholders: ${left.join(', ')}. Name their values: deploy(…, { replace: { ${JSON.stringify(left[0])}: … } }).`,
  );
}
