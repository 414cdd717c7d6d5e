import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Options of `unshare` for a new mount namespace, whose disks end with the command. `undefined` if this user may not mount. */
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

// Without such a namespace, only an administrator can mount a disk.
(unshare === undefined ? test.skip : test)(
  'local AWS survives a full disk under TMPDIR, and works again once there is room',
  async () => {
    const small = join(folder, 'small');
    await mkdir(small);
    const script = 'mount -t tmpfs -o size=40m none "$TMPDIR" && exec "$0" "$@"';
    const { stdout, stderr, status } = spawnSync(
      'unshare',
      [
        ...[...(unshare ?? []), 'sh', '-c', script, process.execPath],
        ...[join(__dirname, 'full-disk.testing.ts'), folder],
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
    // Each service reports the problem and the remedy once, without a stack trace.
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
