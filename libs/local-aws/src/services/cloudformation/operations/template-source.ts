import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import { pathStyle } from '../../../protocols/rest-xml.ts';
import { serviceOfHost } from '../../select-endpoint.ts';
import { validationError } from '../engine/template/errors.ts';
import { MAX_TEMPLATE_BODY, MAX_TEMPLATE_FILE } from '../engine/template/parse-template.ts';
import type { TemplateFiles } from './operation.ts';

/** The place of an object in S3. */
export interface S3Location {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
}

/**
 * The text of the template that a request means.
 * @param previous the stack's present template, for `UsePreviousTemplate`
 * @throws AwsError `ValidationError` if it names none, several, one too large or one that cannot be read
 */
export async function templateText(
  input: {
    readonly TemplateBody?: string | undefined;
    readonly TemplateURL?: string | undefined;
    readonly UsePreviousTemplate?: boolean | undefined;
  },
  scope: Scope,
  files: TemplateFiles,
  previous?: string,
): Promise<string> {
  const { TemplateBody: body, TemplateURL: url, UsePreviousTemplate: usePrevious = false } = input;
  if ([body !== undefined, url !== undefined, usePrevious].filter(Boolean).length !== 1) {
    throw validationError('Either Template URL or Template Body must be specified.');
  }
  if (usePrevious) {
    if (previous === undefined) throw validationError('There is no previous template to use.');
    return previous;
  }
  if (url !== undefined) return readTemplateUrl(url, scope, files);
  if (body === undefined || body === '') {
    throw validationError(
      "1 validation error detected: Value '' at 'templateBody' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  }
  if (Buffer.byteLength(body) > MAX_TEMPLATE_BODY) {
    throw validationError(
      `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${MAX_TEMPLATE_BODY}. Put the template into S3 and pass TemplateURL.`,
    );
  }
  return body;
}

async function readTemplateUrl(url: string, scope: Scope, files: TemplateFiles): Promise<string> {
  const location = s3Location(url);
  if (location === undefined) throw validationError('TemplateURL must be a supported URL.');
  let content: Buffer;
  try {
    content = await files.read(scope, location.bucket, location.key, location.versionId);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw validationError(
      `S3 error: ${error.message}\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html`,
    );
  }
  if (content.length > MAX_TEMPLATE_FILE) {
    throw validationError(`Template may not exceed ${MAX_TEMPLATE_FILE} bytes in size.`);
  }
  return content.toString('utf8');
}

const LOCAL_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])$/;

/**
 * Finds bucket and key in a URL of S3, in path style or virtual-hosted style, or in path style on this machine.
 * @returns `undefined` for any other URL
 * @example s3Location('https://s3.amazonaws.com/bucket/dir/file.json') // { bucket: 'bucket', key: 'dir/file.json' }
 */
export function s3Location(url: string): S3Location | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, pathname, searchParams } = new URL(url);
  const isHttp = protocol === 'https:' || protocol === 'http:';
  if (!isHttp || (serviceOfHost(hostname) !== 's3' && !LOCAL_HOST.test(hostname))) return undefined;
  const path = pathStyle({ host: hostname, rawPath: pathname });
  const [, bucket, encoded] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [];
  if (bucket === undefined || encoded === undefined) return undefined;
  try {
    const versionId = searchParams.get('versionId') ?? undefined;
    return { bucket, key: decodeURIComponent(encoded), ...defined({ versionId }) };
  } catch {
    return undefined;
  }
}
