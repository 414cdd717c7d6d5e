const use = require('./use.cjs');

const packages = {
  assumeRole: require('@cross-account-api/assume-role'),
  signedFetch: require('@cross-account-api/signed-fetch'),
  contract: require('@cross-account-api/contract'),
  openApi: require('@cross-account-api/contract/openapi'),
  valibot: require('valibot'),
};

test('the packages work in Jest', () => use.usePackages(packages));
