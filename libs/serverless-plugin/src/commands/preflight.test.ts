import { frameworkFor } from '../framework.testing.ts';
import { accountId } from './preflight.ts';

const refusing = (error: Error) =>
  frameworkFor({
    sdk: {
      region: 'eu-central-9',
      credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
      maxAttempts: 1,
      requestHandler: { handle: () => Promise.reject(error) },
    },
  });

test('a region that AWS does not have is named before anything is deployed', async () => {
  const unknownHost = Object.assign(new Error('getaddrinfo ENOTFOUND sts.eu-central-9.amazonaws.com'), {
    code: 'ENOTFOUND',
  });
  await expect(accountId(refusing(unknownHost))).rejects.toThrow(
    'STS has no address in the region "eu-central-9" (getaddrinfo ENOTFOUND sts.eu-central-9.amazonaws.com). If AWS has no such region, correct it in services/stages.yml, in STAGE_REGION or in --region; otherwise check this machine\'s network.',
  );
});

test('credentials that are not valid are named as such', async () => {
  const refused = new Error('The security token included in the request is invalid.');
  await expect(accountId(refusing(refused))).rejects.toThrow(
    'The credentials of this deployment are not valid: The security token included in the request is invalid.',
  );
  await expect(accountId(refusing(refused), 'work')).rejects.toThrow(
    'The profile "work" of services/stages.yml',
  );
});
