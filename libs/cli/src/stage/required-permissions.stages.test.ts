import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { openAccount } from '../aws/account.ts';
import { credentialsOfProfile } from '../aws/credentials.ts';
import { openWith } from '../call/open-call.ts';
import { walkCall } from '../call/walk-call.ts';
import { workInPairProject } from '../project/pair.testing.ts';
import { readStage } from '../project/stage-settings.ts';
import { requiredPermissions } from './required-permissions.ts';
import { resolveStage } from './resolve-stage.ts';
import { actionsToExplain } from './stage-permissions.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, startTestPair, type TestPair } from './test-pair.testing.ts';

workInPairProject();

const accountIds = [API_ACCOUNT, CALLER_ACCOUNT];

describe.each([
  ['a REST API', false, 12],
  ['an HTTP API with three routes', true, 20],
])('a pair with %s', (_kind, http, count) => {
  let pair: TestPair;
  let folder: string;
  beforeAll(async () => {
    pair = await startTestPair({ http });
    folder = await mkdtemp(join(tmpdir(), 'required-permissions-'));
    const credentials: string[] = [];
    for (const accountId of accountIds) {
      const iam = new IAMClient(pair.sdk(accountId));
      await iam.send(new CreateUserCommand({ UserName: 'reader' }));
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'reader' }));
      iam.destroy();
      credentials.push(
        `[${accountId}]\naws_access_key_id = ${AccessKey?.AccessKeyId}\naws_secret_access_key = ${AccessKey?.SecretAccessKey}\n`,
      );
    }
    await writeFile(join(folder, 'credentials'), credentials.join(''));
    process.env.AWS_SHARED_CREDENTIALS_FILE = join(folder, 'credentials');
    process.env.AWS_CONFIG_FILE = join(folder, 'config');
  });
  afterAll(async () => {
    delete process.env.AWS_SHARED_CREDENTIALS_FILE;
    delete process.env.AWS_CONFIG_FILE;
    await rm(folder, { recursive: true, force: true });
    await pair?.close();
  });

  /** Walks the chain as a user with this policy only. */
  async function walkWith(policy: object) {
    await using stack = new AsyncDisposableStack();
    const accounts = new Map<string, Awaited<ReturnType<typeof openAccount>>>();
    for (const profile of accountIds) {
      const iam = new IAMClient(pair.sdk(profile));
      const PolicyDocument = JSON.stringify(policy);
      await iam.send(new PutUserPolicyCommand({ UserName: 'reader', PolicyName: 'read', PolicyDocument }));
      iam.destroy();
      const account = await openAccount({
        stage: 'local',
        source: credentialsOfProfile(profile),
        command: 'explain',
        region: 'us-east-1',
        endpoint: pair.aws.url,
      });
      stack.defer(() => account.close());
      accounts.set(profile, account);
    }
    const [api, caller] = accountIds.map((id) => accounts.get(id)!);
    const settings = readStage('local');
    const of = { stage: 'local', region: 'us-east-1', api: api!, settings, real: false };
    const opened = openWith([api!, caller!], of);
    const open = { ...opened, ...of, caller: caller! };
    const whole = { ...open, openOther: async () => opened, openFurther: async () => opened };
    return (await walkCall((await resolveStage(whole)).call, whole)).chain;
  }

  /** The policy without one action. */
  function without(action: string) {
    const { Version, Statement } = requiredPermissions('local');
    const statements = Statement.map((statement) => ({
      ...statement,
      Action: statement.Action.filter((each) => each !== action),
    }));
    return { Version, Statement: statements.filter(({ Action }) => Action.length > 0) };
  }

  test('the policy that is printed is enough to walk the chain', async () => {
    const { state, links } = await walkWith(requiredPermissions('local'));
    expect(links).toHaveLength(count);
    expect(state).toBe('holds');
  });

  const ofStacks = actionsToExplain.filter((action) => action.startsWith('cloudformation:'));

  // Without its stacks, nothing is known of a stage.
  test.each(ofStacks)('without %s, an error names the command that prints the policy', async (action) => {
    await expect(walkWith(without(action))).rejects.toMatchObject({
      code: 'MAY_NOT_READ',
      message: expect.stringContaining('--required-permissions'),
    });
  });

  test.each(actionsToExplain.filter((action) => !ofStacks.includes(action)))(
    'without %s, links are unread and name it, and none breaks',
    async (action) => {
      const { state, links } = await walkWith(without(action));
      expect(state).toBe('unread');
      const missing = links.flatMap(({ unread = [] }) => unread.map(({ permission }) => permission));
      expect(missing).toContainEqual(expect.stringContaining(action));
      expect(links.filter((link) => link.state === 'breaks')).toEqual([]);
    },
  );
});
