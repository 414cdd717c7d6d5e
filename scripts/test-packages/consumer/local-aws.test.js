const use = require('./use.cjs');

jest.setTimeout(60_000);

test('local AWS works in Jest', () =>
  use.useLocalAws({
    localAws: require('@cross-account-api/local-aws'),
    faults: require('@cross-account-api/local-aws/faults'),
    clientSts: require('@aws-sdk/client-sts'),
  }));
