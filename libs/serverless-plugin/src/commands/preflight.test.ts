import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { frameworkFor } from '../framework.testing.ts';
import { accountId } from './preflight.ts';

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
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--conditions=@cross-account-api/source', '--eval', script],
      { encoding: 'utf8' },
    );
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

  test('may also be one that an earlier command has made', async () => {
    await chmod(service, 0o755);
    await mkdir(join(service, '.serverless'));
    await chmod(join(service, '.serverless'), 0o777);
    await mkdir(join(service, '.esbuild'), { mode: 0o500 });
    expect(check()).toContain(`CROSS_ACCOUNT_API: ${service}/.esbuild `);
  });

  test('is none if it can be written', async () => {
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

test('credentials that are not valid are named as such', async () => {
  const refused = new Error('The security token included in the request is invalid.');
  await expect(accountId(refusing(refused))).rejects.toThrow(
    'The credentials of this deployment are not valid: The security token included in the request is invalid.',
  );
  await expect(accountId(refusing(refused), 'work')).rejects.toThrow(
    'The profile "work" of services/stages.yml',
  );
});
