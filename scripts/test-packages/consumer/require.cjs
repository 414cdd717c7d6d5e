'use strict';
const use = require('./use.cjs');

const packages = {
  assumeRole: require('@cross-account-api/assume-role'),
  signedFetch: require('@cross-account-api/signed-fetch'),
  contract: require('@cross-account-api/contract'),
  openApi: require('@cross-account-api/contract/openapi'),
  valibot: require('valibot'),
};
const ways = {
  plain: () => use.usePackages(packages),
  // middy has no CommonJS.
  middy: async () => use.useWithMiddy({ ...packages, middy: (await import('@middy/core')).default }),
  'api-handler': () =>
    use.useApiHandler({
      apiHandler: require('@cross-account-api/api-handler'),
      idempotency: require('@cross-account-api/api-handler/idempotency'),
      valibot: packages.valibot,
    }),
  'local-aws': () =>
    use.useLocalAws({
      localAws: require('@cross-account-api/local-aws'),
      faults: require('@cross-account-api/local-aws/faults'),
      clientSts: require('@aws-sdk/client-sts'),
    }),
};
ways[process.argv[2]]();
