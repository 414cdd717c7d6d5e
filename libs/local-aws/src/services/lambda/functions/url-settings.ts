import * as v from 'valibot';
import { oneOf } from '../../../protocols/shapes.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';

/** Who may call a URL without a signature: nobody, or everybody. */
export const functionUrlAuthType = oneOf(['AWS_IAM', 'NONE'], []);

const texts = v.optional(v.array(v.string()));

/** The members that requests and templates share, without the function. */
export const urlEntries = {
  InvokeMode: v.optional(oneOf(['BUFFERED'], ['RESPONSE_STREAM'])),
  Cors: withoutEffect(
    v.optional(
      v.strictObject({
        AllowCredentials: v.optional(v.boolean()),
        AllowHeaders: texts,
        AllowMethods: texts,
        AllowOrigins: texts,
        ExposeHeaders: texts,
        MaxAge: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(86_400))),
      }),
    ),
    'answers have no headers of CORS',
  ),
} as const;
