import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deploymentWith } from '../deployment.testing.ts';
import { frameworkWithAws } from '../framework.testing.ts';
import { checkCallerRole, checkTrustedAccounts } from './preflight.ts';

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

const [A, B] = ['111111111111', '222222222222'] as const;

describe('a deployment of the api service', () => {
  const original = { ...process.env };
  beforeAll(async () => {
    const home = await mkdtemp(join(tmpdir(), 'home-'));
    const config = ['a', 'b'].map((name) => `[profile ${name}]\ncredential_process = x\n`);
    await writeFile(join(home, 'config'), config.join(''));
    process.env = { HOME: home, AWS_CONFIG_FILE: join(home, 'config'), AWS_ACCESS_KEY_ID: 'x' };
    process.env.AWS_SECRET_ACCESS_KEY = 'x';
  });
  afterAll(async () => {
    await rm(String(process.env.HOME), { recursive: true });
    process.env = { ...original };
  });

  test('goes on if each profile of a caller is of the account of the settings', async () => {
    await expect(
      checkTrustedAccounts(
        frameworkWithAws({ account: A, profiles: { b: B } }),
        deploymentWith({ callerProfile: 'b' }),
      ),
    ).resolves.toBeUndefined();
  });

  test('is refused if callerProfile is of another account than callerAccountId', async () => {
    await expect(
      checkTrustedAccounts(
        frameworkWithAws({ account: A, profiles: { a: A } }),
        deploymentWith({ callerProfile: 'a' }),
      ),
    ).rejects.toThrow(
      'services/stages.yml: dev.callerAccountId is 222222222222, but the profile "a" belongs to account 111111111111. Correct one of them. Nothing has been changed.',
    );
  });

  test('does not ask for the account of a profile whose credentials only another shell has', async () => {
    await expect(
      checkTrustedAccounts(frameworkWithAws({ account: A }), deploymentWith({ callerProfile: 'vault' })),
    ).resolves.toBeUndefined();
  });

  test('is refused if the invoke role has another path, which AWS cannot change', async () => {
    const deployed = frameworkWithAws({ account: A, rolePath: '/' });
    await expect(checkTrustedAccounts(deployed, deploymentWith())).resolves.toBeUndefined();
    await expect(checkTrustedAccounts(deployed, deploymentWith({ rolePath: '/company/' }))).rejects.toThrow(
      'services/stages.yml: dev.rolePath is /company/, but the role depot-dev-invoke has the path /. AWS cannot move a role to another path. Set rolePath to /; or remove the stage and deploy it again: npx sls remove --stage dev. Nothing has been changed.',
    );
  });
});

test('a deployment of the caller is refused if its role has another path', async () => {
  const deployed = frameworkWithAws({ account: B, rolePath: '/' });
  await expect(checkCallerRole(deployed, deploymentWith())).resolves.toBeUndefined();
  await expect(checkCallerRole(deployed, deploymentWith({ rolePath: '/company/' }))).rejects.toThrow(
    'dev.rolePath is /company/, but the role shop-dev has the path /.',
  );
});
