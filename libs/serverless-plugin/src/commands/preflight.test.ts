import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { deploymentWith } from '../deployment.testing.ts';
import { frameworkFor } from '../framework.testing.ts';
import type { Framework } from '../framework.ts';
import { accountId, checkApiAccounts, checkCallerAccount } from './preflight.ts';

describe('a folder that cannot be written', () => {
  let service: string;
  beforeEach(async () => {
    service = await mkdtemp(join(tmpdir(), 'preflight-'));
  });
  afterEach(async () => {
    await chmod(service, 0o755);
    await rm(service, { recursive: true });
  });

  /** Checks the service's folder, as a user without the rights of an administrator. */
  function check(): string {
    const script = `
      const { checkFolders } = await import(${JSON.stringify(join(__dirname, 'preflight.ts'))});
      if (process.getuid() === 0) process.setuid(65534);
      try { checkFolders({ serviceDir: ${JSON.stringify(service)} }); }
      catch ({ code, message }) { process.stdout.write(code + ': ' + message); }`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      encoding: 'utf8',
    });
    return stdout + stderr;
  }

  test('is a mistake that names the folder and what to do', async () => {
    await chmod(service, 0o555);
    const message = check();
    expect(message).toMatch(/^CROSS_ACCOUNT_API: /);
    expect(message).toContain(`${service} `);
    // The tests of an administrator run the check as another user.
    expect(message).toContain(
      process.getuid?.() === 0
        ? `belongs to user 0 and cannot be written by this one, 65534: run the command as that user, or take the folder over with sudo chown -R "$USER" '${service}'.`
        : `cannot be written: make it writable with chmod u+w '${service}'.`,
    );
    expect(message).toContain(`${service}/.serverless`);
    expect(message).not.toContain('    at ');
  });

  test('may also have been made by an earlier command', async () => {
    await chmod(service, 0o755);
    await mkdir(join(service, '.serverless'));
    await chmod(join(service, '.serverless'), 0o777);
    await mkdir(join(service, '.esbuild'), { mode: 0o500 });
    expect(check()).toContain(`CROSS_ACCOUNT_API: ${service}/.esbuild `);
  });

  test('is not reported if it can be written', async () => {
    await chmod(service, 0o777);
    expect(check()).toBe('');
  });
});

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

test('credentials that are not valid are reported as such', async () => {
  const refused = new Error('The security token included in the request is invalid.');
  await expect(accountId(refusing(refused))).rejects.toThrow(
    'The credentials of this deployment are not valid: The security token included in the request is invalid.',
  );
  await expect(accountId(refusing(refused), 'work')).rejects.toThrow(
    'The profile "work" of services/stages.yml',
  );
});

/**
 * A framework whose AWS answers STS and IAM.
 * @param of `account`: the account of the credentials. `profiles`: the accounts of profiles. `rolePath`: the path of every role. Default: there are no roles
 */
function frameworkOf(of: {
  readonly account: string;
  readonly profiles?: Readonly<Record<string, string>>;
  readonly rolePath?: string;
}): Framework {
  const { rolePath } = of;
  const framework = frameworkFor({});
  const answer = (account: string, body: string) => {
    if (body.includes('Action=GetCallerIdentity')) {
      const identity = `<Arn>arn:aws:iam::${account}:user/a</Arn><UserId>A</UserId><Account>${account}</Account>`;
      return [
        200,
        `<GetCallerIdentityResponse><GetCallerIdentityResult>${identity}</GetCallerIdentityResult></GetCallerIdentityResponse>`,
      ] as const;
    }
    return rolePath === undefined
      ? ([404, '<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>'] as const)
      : ([
          200,
          `<GetRoleResponse><GetRoleResult><Role><Path>${rolePath}</Path></Role></GetRoleResult></GetRoleResponse>`,
        ] as const);
  };
  return {
    ...framework,
    getProvider: () => ({
      ...framework.getProvider('aws'),
      getAwsSdkV3Config: async ({ profile } = {}) => ({
        region: 'eu-central-1',
        credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
        maxAttempts: 1,
        requestHandler: {
          handle: async ({ body }: { body: string }) => {
            const account = profile === undefined ? of.account : (of.profiles?.[profile] ?? '');
            const [statusCode, text] = answer(account, body);
            return { response: { statusCode, headers: {}, body: Readable.from([Buffer.from(text)]) } };
          },
        },
      }),
    }),
  };
}

const [A, B] = ['111111111111', '222222222222'] as const;

describe('a deployment of the api service', () => {
  test('goes on if every account is the one of the settings', async () => {
    const deployment = deploymentWith({ apiAccountId: A, callerProfile: 'b' });
    await expect(
      checkApiAccounts(frameworkOf({ account: A, profiles: { b: B } }), deployment),
    ).resolves.toBeUndefined();
  });

  test('is refused with the credentials of another account than apiAccountId', async () => {
    await expect(
      checkApiAccounts(frameworkOf({ account: A }), deploymentWith({ apiAccountId: B })),
    ).rejects.toThrow(
      /^services\/stages.yml: dev.apiAccountId is 222222222222, but the credentials of this deployment belong to account 111111111111\..*Nothing has been deployed\.$/,
    );
  });

  test('is refused if callerProfile is of another account than callerAccountId', async () => {
    await expect(
      checkApiAccounts(
        frameworkOf({ account: A, profiles: { mine: A } }),
        deploymentWith({ callerProfile: 'mine' }),
      ),
    ).rejects.toThrow(
      'services/stages.yml: dev.callerAccountId is 222222222222, but the profile "mine" belongs to account 111111111111. Correct one of them. Nothing has been deployed.',
    );
  });

  test('is refused if the invoke role has another path, which AWS cannot change', async () => {
    const deployed = frameworkOf({ account: A, rolePath: '/' });
    await expect(checkApiAccounts(deployed, deploymentWith())).resolves.toBeUndefined();
    await expect(checkApiAccounts(deployed, deploymentWith({ rolePath: '/company/' }))).rejects.toThrow(
      'services/stages.yml: dev.rolePath is /company/, but the role depot-dev-invoke has the path /. AWS cannot move a role to another path. Set rolePath to /; or remove the stage and deploy it again: npx sls remove --stage dev. Nothing has been deployed.',
    );
  });
});

describe('a deployment of the caller', () => {
  test('is refused with the credentials of another account than callerAccountId', async () => {
    await expect(checkCallerAccount(frameworkOf({ account: B }), deploymentWith())).resolves.toBeUndefined();
    await expect(checkCallerAccount(frameworkOf({ account: A }), deploymentWith())).rejects.toThrow(
      'services/stages.yml: dev.callerAccountId is 222222222222, but the credentials of this deployment belong to account 111111111111. Correct callerAccountId, or use credentials of that account',
    );
  });

  test('is refused if its role has another path', async () => {
    await expect(
      checkCallerAccount(
        frameworkOf({ account: B, rolePath: '/' }),
        deploymentWith({ rolePath: '/company/' }),
      ),
    ).rejects.toThrow('dev.rolePath is /company/, but the role shop-dev has the path /.');
  });
});
