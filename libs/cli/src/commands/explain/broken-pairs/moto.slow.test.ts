import { breaksOfEndpoint, pairs } from './breaks.testing.ts';
import { motoPython, startMoto } from './moto.testing.ts';
import { testPairs } from './test-pairs.testing.ts';

/*
 * The chains of broken-pairs.stages.test.ts, read from an implementation of AWS that is not ours. moto 5 differs from AWS as follows.
 */
const python = motoPython();

(python === undefined ? describe.skip : describe)('on moto', () => {
  testPairs([...pairs, breaksOfEndpoint], () => startMoto(python ?? ''), {
    // GetDeployment ignores "embed", so no deployment shows its routes.
    unread: ['deployment'],
    breaks: new Map([
      ['the API has no such route', 'not shown'],
      ['the route is in the API and not in its deployment', 'not shown'],
      // UpdateRestApi sets disableExecuteApiEndpoint to true for each value, also for "false".
      ['the default endpoint is disabled', 'not repaired'],
      // UpdateRestApi ignores the path /endpointConfiguration/vpcEndpointIds.
      ['the API is not associated with the endpoint of the URL', 'not repaired'],
    ]),
  });
});
