import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs a command in a mount namespace of its own, in which it may mount a disk that ends with it. */
const unshare = [['--mount', '--map-root-user'], ['--mount']].find(
  (options) =>
    spawnSync('unshare', [...options, 'sh', '-c', 'mount -t tmpfs -o size=1m none /mnt'], { stdio: 'ignore' })
      .status === 0,
);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'full-disk-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

// Elsewhere no disk can be made without the rights of an administrator.
(unshare === undefined ? test.skip : test)(
  'a full disk under TMPDIR does not end local AWS, and all works again once there is room',
  async () => {
    const small = join(folder, 'small');
    await mkdir(small);
    const script = 'mount -t tmpfs -o size=40m none "$TMPDIR" && exec "$0" "$@"';
    const { stdout, stderr, status } = spawnSync(
      'unshare',
      [
        ...[...(unshare ?? []), 'sh', '-c', script, process.execPath],
        ...['--conditions=@cross-account-api/source', join(__dirname, 'full-disk.testing.ts'), folder],
      ],
      { encoding: 'utf8', env: { ...process.env, TMPDIR: small }, timeout: 100_000 },
    );
    expect([status, stderr.replace(/^local AWS: .*\n/gm, '')]).toEqual([0, '']);
    const { filled, full, again, free, lost } = JSON.parse(stdout);
    expect(filled).toBe('500 InternalServerError');
    const onFullDisk = {
      put: Array(3).fill('500 InternalServerError'),
      get: 'ok',
      table: '500 InternalServerError',
      region: '500 InternalServerError',
      object: 'ok',
      read: 'ok',
      warm: '"warm"',
      cold: '"cold"',
      deploy: '500 ServiceException',
    };
    expect(full).toMatchObject(onFullDisk);
    expect(again).toMatchObject(onFullDisk);
    expect(free).toEqual({
      put: ['ok', 'ok', 'ok'],
      small: 'ok',
      get: 'ok',
      table: 'ok',
      region: 'ok',
      object: 'ok',
      read: 'ok',
      warm: '"warm"',
      cold: '"cold"',
      deploy: 'ok',
    });
    expect(lost).toEqual([]);
    // Each service says once what is wrong and what to do, without a stack.
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(
        new RegExp(
          `^local AWS: DynamoDB cannot write to ${small}/.* \\(no space left on device\\).*TMPDIR`,
          'i',
        ),
      ),
      expect.stringMatching(
        new RegExp(
          `^local AWS: Lambda cannot write to ${small}/.* \\(no space left on device\\).*TMPDIR`,
          'i',
        ),
      ),
    ]);
  },
  120_000,
);
