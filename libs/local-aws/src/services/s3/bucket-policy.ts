import { AwsError } from '../../core/errors.ts';
import type { PolicyPrincipals } from '../../core/policy-principals.ts';
import type { NamedPolicy, PolicyDocument } from '../../core/principal.ts';

/** Says what is wrong with a policy document, in IAM's words; nothing: it is valid. */
export type PolicyCheck = (document: PolicyDocument) => readonly string[];

/** How bucket policies are checked and kept. */
export interface PolicyRules extends PolicyPrincipals {
  readonly check: PolicyCheck;
}

/**
 * Reads a bucket policy.
 * @param json the document's text
 * @returns the policy as it is stored: {@link PolicyPrincipals.bindPrincipals}
 * @throws AwsError `MalformedPolicy`
 */
export function parsePolicy(bucketName: string, json: string, rules: PolicyRules): NamedPolicy {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch {
    throw new AwsError('MalformedPolicy', "Policies must be valid JSON and the first byte must be '{'");
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new AwsError('MalformedPolicy', "Policies must be valid JSON and the first byte must be '{'");
  }
  const problems = rules.check(document as PolicyDocument);
  if (problems.length > 0) throw new AwsError('MalformedPolicy', problems.join(' '));
  // A bucket's policy speaks of nothing but the bucket and its objects, and of S3's actions on them.
  if (!textsOf(document, 'Action').every((action) => /^(s3:|\*$)/i.test(action))) {
    throw new AwsError('MalformedPolicy', 'Policy has invalid action');
  }
  const own = `arn:aws:s3:::${bucketName}`;
  if (!textsOf(document, 'Resource').every((resource) => resource.startsWith(own))) {
    throw new AwsError('MalformedPolicy', 'Policy has invalid resource');
  }
  return {
    name: `bucket policy of ${bucketName}`,
    document: withBoundPrincipals(document as PolicyDocument, rules),
  };
}

function withBoundPrincipals(document: PolicyDocument, rules: PolicyRules): PolicyDocument {
  try {
    return rules.bindPrincipals(document);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const Detail = error.message.replace(/^Invalid principal in policy: /, '');
    throw new AwsError('MalformedPolicy', 'Invalid principal in policy', 400, { Detail });
  }
}

/** What the statements have as an element or its opposite. */
function textsOf(document: object, element: 'Action' | 'Resource'): readonly string[] {
  const { Statement: statements } = document as { Statement?: unknown };
  return [statements]
    .flat()
    .flatMap((statement: unknown) => {
      const elements = statement as Readonly<Record<string, unknown>>;
      return [elements[element], elements[`Not${element}`]].flat();
    })
    .filter((text) => typeof text === 'string');
}
