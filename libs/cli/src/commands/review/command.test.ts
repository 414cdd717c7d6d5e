import { pairProject } from '../../project/pair.testing.ts';
import { runInProcess } from '../../run-in-process.testing.ts';

const call = [
  '--api',
  'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
  '--caller',
  'arn:aws:iam::222222222222:role/billing',
];
const review = (...options: readonly string[]) =>
  runInProcess(['review', ...call, ...options], pairProject, {
    AWS_CONFIG_FILE: '/there/is/no/config',
    AWS_SHARED_CREDENTIALS_FILE: '/there/are/no/credentials',
  });
const GIVE = 'Give --caller-profile, --api-profile or both';

test('a review of any call needs a profile', async () => {
  expect(await review()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(GIVE) });
});

test.each(['--caller-profile', '--api-profile'])('%s alone is enough for a review', async (option) => {
  const { stderr } = await review(option, 'of-nobody');
  expect(stderr).not.toContain(GIVE);
  expect(stderr).toContain('of-nobody');
});

test('without a stage and without a call, stage local is reviewed, as verify, check and repair do', async () => {
  const { stderr } = await runInProcess(['review'], pairProject, { LOCAL_AWS_ROOT: '/there/is/none' });
  expect(stderr).toContain('local AWS');
  expect(stderr).not.toContain('--api');
});

test('half of a call names the option that is missing', async () => {
  const { stderr } = await runInProcess(['review', ...call.slice(2)], pairProject);
  expect(stderr).toContain('--api is missing');
});
