import type { Settings } from './call.ts';
import { createQuota } from './quota.ts';
import { createSigner } from './sign.ts';

/** They sign a request that is never sent. */
const PLACEHOLDER = {
  accessKeyId: 'PLACEHOLDERPLACEHOLDER',
  secretAccessKey: 'placeholder',
  sessionToken: 'placeholder',
};

/**
 * Makes a call that sends nothing, in the init phase of a Lambda function: V8 then compiles what the first call needs while the function waits
 * for its credentials, and not in the invocation, which has only the CPU share of its memory. Elsewhere, it does nothing.
 * @param settings those of the client. The call shares no state with it: no key, quota, clock or log
 * @param call makes a call with other settings
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime for the variable
 */
export function primeInInitPhase(
  settings: Settings & { readonly region: string; readonly service: string },
  call: (settings: Settings) => Promise<unknown>,
): void {
  if (process.env.AWS_LAMBDA_INITIALIZATION_TYPE === undefined) return;
  const own: Settings = {
    ...settings,
    source: { getCredentials: async () => PLACEHOLDER },
    sign: createSigner(settings.region, settings.service),
    clock: { offsetMs: 0 },
    quota: createQuota(),
    logger: undefined,
    send: async () => {
      // What requests are sent with. In a function without an assumed role, nothing has loaded it yet.
      process.getBuiltinModule('node:https');
      return {
        status: 200,
        header: () => undefined,
        makeHeaders: () => new Headers(),
        body: Buffer.from('{}'),
      };
    },
  };
  // The init phase never fails because of this.
  call(own).catch(() => undefined);
}
