import * as v from 'valibot';

/** A resource of a stack that CloudFormation could not read. */
export interface UnreadResource {
  readonly logicalId: string;
  /** In AWS's words. @example 'User: … is not authorized to perform: lambda:GetPolicy on resource: …' */
  readonly reason: string;
}

const failures = v.object({
  Failures: v.array(v.object({ Resource: v.string(), FailureReason: v.string() })),
});

/**
 * The resources that CloudFormation could not read as it looked for drift.
 * @param reason of the detection, which is JSON
 * @returns none if the reason has another form
 * @see https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/801
 */
export function unreadResources(reason: string): readonly UnreadResource[] {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), failures), reason);
  if (!parsed.success) return [];
  return parsed.output.Failures.map((each) => ({ logicalId: each.Resource, reason: each.FailureReason }));
}
