import { AwsError } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import { pathStyle } from '../../../protocols/rest-xml.ts';
import type { S3Service } from '../../s3/index.ts';
import { serviceOfHost } from '../../select-endpoint.ts';
import { validationError } from '../engine/template/errors.ts';
import { MAX_TEMPLATE_FILE } from '../engine/template/parse-template.ts';

/** The text of the template that a request names. */
export function templateText(
  input: {
    readonly TemplateBody?: string | undefined;
    readonly TemplateURL?: string | undefined;
    readonly UsePreviousTemplate?: boolean | undefined;
  },
  scope: Scope,
  files: Pick<S3Service, 'read'>,
  previous?: string,
): string {
  const { TemplateBody: body, TemplateURL: url, UsePreviousTemplate: usePrevious = false } = input;
  if ([body !== undefined, url !== undefined, usePrevious].filter(Boolean).length !== 1) {
    throw validationError('Either Template URL or Template Body must be specified.');
  }
  const text = url === undefined ? (body ?? previous) : readTemplateUrl(url, scope, files);
  if (text === undefined) throw validationError('There is no previous template to use.');
  return text;
}

function readTemplateUrl(url: string, scope: Scope, files: Pick<S3Service, 'read'>): string {
  const [bucket, key] = s3Location(url);
  try {
    const content = files.read(scope, bucket, key);
    if (content.length <= MAX_TEMPLATE_FILE) return content.toString('utf8');
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw validationError(
      `S3 error: ${error.message}\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html`,
    );
  }
  throw validationError(`Template may not exceed ${MAX_TEMPLATE_FILE} bytes in size.`);
}

const LOCAL_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])$/;

/** Finds bucket and key in a URL of S3, in path style or virtual-hosted style, or in path style on this machine. */
function s3Location(url: string): readonly [bucket: string, key: string] {
  const { protocol, hostname, pathname } = URL.parse(url) ?? {};
  const isS3 = hostname !== undefined && (serviceOfHost(hostname) === 's3' || LOCAL_HOST.test(hostname));
  if (isS3 && (protocol === 'https:' || protocol === 'http:')) {
    const path = pathStyle({ host: hostname, rawPath: pathname ?? '' });
    const [, bucket, encoded] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [];
    try {
      if (bucket !== undefined && encoded !== undefined) return [bucket, decodeURIComponent(encoded)];
    } catch {
      // Refused below.
    }
  }
  throw validationError('TemplateURL must be a supported URL.');
}
