import { Readable } from 'node:stream';
import { deploymentWith } from '../deployment.testing.ts';
import { frameworkFor } from '../framework.testing.ts';
import { adoptRetained } from './adopt-retained.ts';

// scripts/e2e/retained-data.stages.test.ts removes and deploys a stage with tables and logs.

/** Adopts, where CloudFormation refuses DescribeStacks. @returns the notices */
async function adopt(code: string, message: string, settings: object = { retainData: true }) {
  const answer = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
  const notices: string[] = [];
  const framework = frameworkFor({
    sdk: {
      region: 'eu-central-1',
      credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
      maxAttempts: 1,
      requestHandler: {
        handle: async () => ({
          response: { statusCode: 400, headers: {}, body: Readable.from([Buffer.from(answer)]) },
        }),
      },
    },
  });
  const log = { notice: (text: string) => void notices.push(text), warning: () => {} };
  await adoptRetained(framework, deploymentWith(settings), { log });
  return notices;
}

test('a first deployment whose template has no data adopts nothing', async () => {
  expect(await adopt('ValidationError', 'Stack with id depot-dev does not exist')).toEqual([]);
});

test('a deployment that cannot ask whether the stack exists stops: its tables could be empty ones', async () => {
  await expect(adopt('Throttling', 'Rate exceeded')).rejects.toThrow('Rate exceeded');
  expect(await adopt('Throttling', 'Rate exceeded', {})).toEqual([]);
});
