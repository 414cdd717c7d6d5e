import { spawnSync } from 'node:child_process';
import { motoPython, startMoto } from './moto.testing.ts';
import { brokenTwice, brokenTwiceAtEndpoint, testTwoBreaks } from './two-breaks.testing.ts';

/* The chains of two-breaks.stages.test.ts. moto stores the changes that the AWS CLI makes, and decides nothing. */
const python = motoPython();
const hasAwsCli = spawnSync('aws', ['--version']).status === 0;
if (!hasAwsCli)
  console.warn('The AWS CLI is missing: the commands for pairs that are broken twice were NOT run on moto.');

(python !== undefined && hasAwsCli ? describe : describe.skip)(
  'on moto, with the commands of the AWS CLI,',
  () => {
    testTwoBreaks([...brokenTwice, brokenTwiceAtEndpoint], () => startMoto(python ?? ''), {
      // GetDeployment ignores "embed", so no deployment shows its routes.
      unread: ['deployment'],
      notRepaired: [
        // UpdateRestApi ignores the path /endpointConfiguration/vpcEndpointIds.
        'the private API is not associated with the endpoint of the URL, and the caller lacks the permission',
      ],
    });
  },
);
