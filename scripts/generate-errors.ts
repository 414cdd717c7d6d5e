import { writeFileSync } from 'node:fs';
import { ERROR_DATA } from '../libs/cli/src/aws/documented-errors.ts';
import { errorsOfAws } from '../libs/cli/src/aws/error-data.testing.ts';

/*
 * Writes the table of the errors of STS, API Gateway, Lambda, IAM and CloudFormation, with AWS's own sentences, from the models of the
 * SDK's clients (Apache-2.0). Run it after an update of the SDK: node scripts/generate-errors.ts
 */

writeFileSync(
  ERROR_DATA,
  errorsOfAws()
    .map((service) => `${JSON.stringify(service)}\n`)
    .join(''),
);
