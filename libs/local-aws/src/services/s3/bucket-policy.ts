import { AwsError } from '../../core/errors.ts';
import type { NamedPolicy, PolicyDocument } from '../../core/principal.ts';

/** Says what is wrong with a policy document, in IAM's words; nothing: it is valid. */
export type PolicyCheck = (document: PolicyDocument) => readonly string[];

/**
 * Reads a bucket policy.
 * @param json the document's text
 * @throws AwsError `MalformedPolicy`
 */
export function parsePolicy(bucketName: string, json: string, check: PolicyCheck): NamedPolicy {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch {
    throw new AwsError('MalformedPolicy', "Policies must be valid JSON and the first byte must be '{'");
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new AwsError('MalformedPolicy', "Policies must be valid JSON and the first byte must be '{'");
  }
  const problems = check(document as PolicyDocument);
  if (problems.length > 0) throw new AwsError('MalformedPolicy', problems.join(' '));
  if (!resourcesOf(document).every((resource) => resource.startsWith(`arn:aws:s3:::${bucketName}`))) {
    throw new AwsError('MalformedPolicy', 'Policy has invalid resource');
  }
  return { name: `bucket policy of ${bucketName}`, document: document as PolicyDocument };
}

/** A bucket's policy speaks of nothing but the bucket and its objects. */
function resourcesOf(document: object): readonly string[] {
  const { Statement: statements } = document as { Statement?: unknown };
  return [statements]
    .flat()
    .flatMap((statement: unknown) => {
      const { Resource, NotResource } = statement as { Resource?: unknown; NotResource?: unknown };
      return [Resource, NotResource].flat();
    })
    .filter((resource) => typeof resource === 'string');
}
