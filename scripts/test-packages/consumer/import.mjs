import * as assumeRole from '@cross-account-api/assume-role';
import * as contract from '@cross-account-api/contract';
import * as openApi from '@cross-account-api/contract/openapi';
import * as signedFetch from '@cross-account-api/signed-fetch';
import * as valibot from 'valibot';
import use from './use.cjs';

const packages = { assumeRole, signedFetch, contract, openApi, valibot };
const ways = {
  plain: async () => {
    await use.usePackages(packages);
    await use.recognizeErrorsOfCopies(packages);
  },
  middy: async () => use.useWithMiddy({ ...packages, middy: (await import('@middy/core')).default }),
  'api-handler': async () =>
    use.useApiHandler({
      apiHandler: await import('@cross-account-api/api-handler'),
      idempotency: await import('@cross-account-api/api-handler/idempotency'),
      valibot,
    }),
  'local-aws': async () =>
    use.useLocalAws({
      localAws: await import('@cross-account-api/local-aws'),
      faults: await import('@cross-account-api/local-aws/faults'),
      clientSts: await import('@aws-sdk/client-sts'),
    }),
};
await ways[process.argv[2]]();
