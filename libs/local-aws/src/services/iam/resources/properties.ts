import * as v from 'valibot';

/** A policy document in a template: an object, or JSON text. */
export const policyDocument = v.union([
  v.record(v.string(), v.unknown()),
  v.pipe(v.string(), v.minLength(1)),
]);

/** Inline policies in a template. */
export const inlinePolicies = v.array(
  v.strictObject({ PolicyName: v.string(), PolicyDocument: policyDocument }),
);

/** A whole number, written as such or as digits. */
export const wholeNumber = v.union([
  v.pipe(v.number(), v.integer()),
  v.pipe(v.string(), v.regex(/^\d{1,9}$/, 'must be a whole number'), v.transform(Number)),
]);
