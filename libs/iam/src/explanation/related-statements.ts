import type { ConsultedPolicy, ImplicitlyDenied, Mismatch } from '../decision/decision.ts';

/** A statement of a consulted policy, with the name of the policy. */
export type RelatedStatement = ConsultedPolicy['statements'][number] & Pick<ConsultedPolicy, 'policy'>;

/** The statements about the same request, and the nearest one. Their conditions are intended. */
export function relatedStatements({ consulted, missing, nearest }: ImplicitlyDenied): RelatedStatement[] {
  return consulted
    .filter(({ kind }) => kind === missing || kind === nearest?.kind)
    .flatMap(({ kind, policy, statements }) =>
      statements
        .filter(({ effect, statement, mismatches }) => {
          const isAbout = (element: string) => !mismatches.some((mismatch) => mismatch.element === element);
          if (effect === 'Deny' || !isAbout('Action')) return false;
          // What another kind of policy demands of other principals is not meant for this one.
          if (kind !== missing && !isAbout('Principal')) return false;
          const isNearest =
            nearest?.kind === kind && nearest.policy === policy && nearest.statement === statement;
          return isNearest || isAbout('Resource');
        })
        .map((each) => ({ ...each, policy })),
    );
}

/** Whether a mismatch excludes the request on purpose. Other mismatches mean that the statement is about another request. */
export function isRestriction({ element }: Mismatch): boolean {
  return /^(condition |Not)/.test(element);
}
