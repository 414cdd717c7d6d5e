import { advance, FakeSts, roleArn, settle } from './fake-sts.testing.ts';
import { AssumeRoleDenied, CredentialsUnavailable } from './index.ts';
import { holdTimeInEachTest, MINUTE, setUp } from './session.testing.ts';

holdTimeInEachTest();

describe('while STS fails', () => {
  test.each([
    ['Throttling', 400, undefined],
    ['InternalFailure', 500, undefined],
    ['ServiceUnavailable', 503, undefined],
    ['Error', undefined, 'ECONNRESET'],
    ['Error', undefined, 'EAI_AGAIN'],
    ['Error', undefined, 'ENETDOWN'],
    ['Error', undefined, 'ENOBUFS'],
    ['Error', undefined, 'ERR_SOCKET_CONNECTION_TIMEOUT'],
  ])('STS is asked again with jittered pauses after %s (status %s, code %s)', async (name, status, code) => {
    const { sts, role } = setUp();
    sts.auto = (request) => {
      if (sts.requests.length < 4)
        request.fail(name, 'not now', { ...(status && { status }), ...(code && { code }) });
      else request.succeed();
    };
    const credentials = role();
    await settle();
    for (const pause of [50, 500, 1_000]) {
      const made = sts.requests.length;
      await advance(pause - 1);
      expect(sts.requests).toHaveLength(made);
      await advance(1);
      expect(sts.requests).toHaveLength(made + 1);
    }
    expect((await credentials).accessKeyId).toMatch(/4$/);
  });

  test('users who come during a pause wait for its end with the others, if they have time, and all share one request', async () => {
    const { sts, role, key } = setUp();
    sts.auto = (request) => request.fail('Throttling');
    const first = key();
    await settle();
    const later = [key(), key()];
    await advance(49);
    expect(sts.requests).toHaveLength(1);
    sts.auto = (request) => request.succeed();
    await advance(1);
    expect(await Promise.all([first, ...later])).toEqual(['2', '2', '2']);
    sts.auto = (request) => request.fail('Throttling');
    role.invalidate();
    const waiting = key();
    await settle();
    sts.auto = (request) => request.succeed();
    expect((await role.beginInvocation(50).role()).accessKeyId).toMatch(/4$/);
    await advance(50);
    expect(await waiting).toBe('4');
  });

  test('no user waits for a pause that is longer than their time', async () => {
    const { sts, role } = setUp();
    sts.auto = (request) => request.fail('Throttling');
    const { role: view } = role.beginInvocation(50);
    await expect(view()).rejects.toMatchObject({ reasonCode: 'Throttling', attempts: 1 });
  });

  test('STS is asked again only as long as the invocation lasts, and the error says what happened', async () => {
    const { sts, role } = setUp();
    sts.auto = (request) => request.fail('Throttling', 'Rate exceeded');
    const { role: view } = role.beginInvocation(1_000);
    const refused = view.getCredentials().catch((error: unknown) => error);
    await advance(1_000);
    const error = await refused;
    expect(error).toBeInstanceOf(CredentialsUnavailable);
    expect(error).toMatchObject({ code: 'CredentialsUnavailable', reasonCode: 'Throttling', roleArn });
    expect(String(error)).toMatch(/No credentials of arn:.* \(attempts: \d\): Throttling: Rate exceeded/);
  });

  test.each([
    ['ExpiredToken', "Check the program's own credentials"],
    ['InvalidClientTokenId', "Check the program's own credentials"],
    ['CredentialsProviderError', "Check the program's own credentials"],
    ['SignatureDoesNotMatch', "Check the program's own credentials"],
    ['RegionDisabledException', 'Activate STS for this region, or use another'],
    ['MalformedPolicyDocument', 'Correct or shorten the session policies and tags'],
    ['PackedPolicyTooLarge', 'Correct or shorten the session policies and tags'],
    ['ValidationError', 'Correct what STS says, and deploy again'],
    ['RequestExpired', "Set the machine's clock"],
    ['Throttling', 'Invoke again, or give the function a longer timeout'],
  ])('the error of STS %s is reported with the remedy: %s', async (name, remedy) => {
    const { sts, role } = setUp();
    sts.auto = (request) => request.fail(name, 'STS says so');
    const error = role().catch((reason: unknown) => reason);
    await advance(10_000);
    const reasonCode = name.replace('Exception', '');
    expect(await error).toMatchObject({ reasonCode, requestId: `request-${sts.requests.length}` });
    expect(String(await error)).toContain(`${reasonCode}: STS says so (STS request ID: `);
    expect(String(await error)).toContain(`). ${remedy}`);
  });

  describe("of the program's own credentials", () => {
    const withOwn = (credentials: () => Promise<unknown>) => {
      const { client, requests } = new FakeSts();
      const { role } = setUp({ client: { ...client, config: { credentials } } });
      return { role, requests };
    };

    test('none in time is not a fault of STS, which was not asked', async () => {
      const { role, requests } = withOwn(() => new Promise(() => {}));
      const { role: view, end } = role.beginInvocation(7_000);
      const error = view().catch((reason: unknown) => reason);
      await advance(7_000);
      await end({ finish: false });
      expect(String(await error)).toBe(
        `CredentialsUnavailable: No credentials of ${roleArn} (attempts: 3): Timeout: The program's own credentials did not come in time, so STS was not asked. Check where they come from.`,
      );
      expect(requests).toEqual([]);
    });

    test('a refusal by their source is not one of the role', async () => {
      const refusal = Object.assign(new Error('no access to the source'), { name: 'AccessDeniedException' });
      const { role, requests } = withOwn(() => Promise.reject(refusal));
      const error = await role().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'CredentialsUnavailable', reasonCode: 'AccessDenied' });
      expect(String(error)).toContain('so STS was not asked: no access to the source. Check where');
      expect(requests).toEqual([]);
    });

    test('that come late leave STS a new request, whose silence is of STS', async () => {
      const own = Promise.withResolvers<unknown>();
      const { client, requests } = new FakeSts();
      const assumeRole: typeof client.assumeRole = (input, options) => {
        void client.assumeRole(input, options).catch(() => undefined);
        return new Promise(() => {});
      };
      const { role } = setUp({ client: { assumeRole, config: { credentials: () => own.promise } } });
      const { role: view, end } = role.beginInvocation(7_000);
      const error = view().catch((reason: unknown) => reason);
      await advance(3_500);
      own.resolve({});
      await advance(3_500);
      await end({ finish: false });
      expect(String(await error)).toContain('Timeout: STS did not answer in time.');
      expect(requests).not.toEqual([]);
    });
  });

  test('a request to STS without an answer is given up and made again', async () => {
    const { sts, role } = setUp({ attemptTimeoutMs: 1_000 });
    sts.auto = undefined;
    const credentials = role();
    await advance(1_000);
    expect(sts.requests[0]?.signal.aborted).toBe(true);
    await advance(1_000);
    expect(sts.requests).toHaveLength(2);
    sts.last.succeed();
    expect((await credentials).accessKeyId).toMatch(/2$/);
  });

  test('a skewed clock, which the SDK corrects, causes one more request and no more', async () => {
    const { sts, role } = setUp();
    const message = 'Signature expired: 20261124T110000Z is now earlier than 20261124T115500Z';
    sts.auto = (request) =>
      sts.requests.length === 1 ? request.fail('SignatureDoesNotMatch', message) : request.succeed();
    const credentials = role();
    await advance(1);
    expect((await credentials).accessKeyId).toMatch(/2$/);
    role.invalidate();
    sts.auto = (request) => request.fail('SignatureDoesNotMatch', message);
    const error = role().catch((reason: unknown) => reason);
    await advance(1);
    expect(await error).toBeInstanceOf(CredentialsUnavailable);
    expect(String(await error)).toMatch(
      /\(attempts: 2\): SignatureDoesNotMatch: .*Set the machine's clock\.$/,
    );
    expect(sts.requests).toHaveLength(4);
  });

  test('a clock that was set back after a failure is corrected, too', async () => {
    const { sts, role } = setUp();
    sts.auto = (request) => (sts.requests.length === 1 ? request.fail('Throttling') : request.succeed());
    const first = role();
    await advance(1_000);
    expect((await first).accessKeyId).toMatch(/2$/);
    jest.setSystemTime(Date.now() - 30 * MINUTE);
    const message = 'Signature expired: 20260101T113024Z is now earlier than 20260101T115524Z';
    sts.auto = (request) =>
      sts.requests.length === 3 ? request.fail('SignatureDoesNotMatch', message) : request.succeed();
    const second = role();
    await advance(1);
    expect((await second).accessKeyId).toMatch(/4$/);
  });

  test('while refreshes fail, the valid old credentials are used, a warning is logged, and STS is seldom asked', async () => {
    const { sts, warnings, ageTo, key } = setUp();
    await ageTo(4 * MINUTE);
    sts.auto = (request) => request.fail('ValidationError', 'no');
    for (let second = 0; second < 60; second += 1) {
      expect(await key()).toBe('1');
      await advance(1_000);
    }
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings[0]).toEqual({
      message: 'Refreshing role credentials failed. The old ones are still valid',
      details: expect.objectContaining({
        roleArn,
        errorCode: 'CredentialsUnavailable',
        validForSeconds: 240,
      }),
    });
    expect(sts.requests.length).toBeLessThanOrEqual(8);
    sts.auto = (request) => request.succeed();
    await advance(30_000);
    await key();
    await settle();
    expect(await key()).not.toBe('1');
  });

  test('in the last minute before expiry, the old credentials are used after one time-out; after expiry, the call fails', async () => {
    const { sts, ageTo, role, key } = setUp({ attemptTimeoutMs: 2_000 });
    await ageTo(30_000);
    sts.auto = undefined;
    const first = key();
    await advance(2_000);
    expect(await first).toBe('1');
    // While STS still does not answer, no user waits for it a second time.
    expect(await key()).toBe('1');
    await advance(30_000);
    sts.auto = (request) => request.fail('AccessDenied', 'no');
    const late = role().catch((error: unknown) => error);
    await advance(20_000);
    expect(await late).toBeInstanceOf(Error);
  });
});

test('without a logger, a warning is one line of JSON on the console', async () => {
  const warn = jest.spyOn(console, 'warn').mockReturnValue();
  const { sts, ageTo, key } = setUp({ logger: undefined as never });
  await ageTo(4 * MINUTE);
  sts.auto = (request) => request.fail('ValidationError', 'no');
  await key();
  await settle();
  const lines = warn.mock.calls.map(([line]) => JSON.parse(line));
  expect(lines).toEqual([
    expect.objectContaining({ level: 'WARN', message: expect.stringContaining('failed'), roleArn }),
  ]);
});

test('credentials are returned even if the logger throws', async () => {
  const logger = {
    warn: () => {
      throw new Error('no log today');
    },
  };
  const { sts, ageTo, key } = setUp({ logger });
  await ageTo(30_000);
  sts.auto = (request) => request.fail('ValidationError', 'no');
  expect(await key()).toBe('1');
});

describe('a denied AssumeRole', () => {
  const message = `User: arn:aws:sts::222222222222:assumed-role/caller-dev/caller is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;

  test('a denied AssumeRole is not tried again, and its error names role, caller and where to look', async () => {
    const { sts, role } = setUp({ externalId: 'very-private' });
    sts.auto = (request) => request.fail('AccessDenied', message, { status: 403 });
    const error = await role().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AssumeRoleDenied);
    expect(error).toMatchObject({
      name: 'AssumeRoleDenied',
      code: 'AssumeRoleDenied',
      roleArn,
      caller: 'arn:aws:sts::222222222222:assumed-role/caller-dev/caller',
      requestId: 'request-1',
    });
    expect((error as Error).stack).toMatch(/^AssumeRoleDenied: STS does not let/);
    for (const part of [
      roleArn,
      'assumed-role/caller-dev/caller',
      'trust policy',
      'external ID',
      "caller's own policy",
    ]) {
      expect(String(error)).toContain(part);
    }
    expect(String(error)).not.toContain('very-private');
    expect(sts.requests).toHaveLength(1);
  });

  test('after a denied AssumeRole, the next user asks again, because the policy may have been corrected', async () => {
    const { sts, role, key } = setUp();
    sts.auto = (request) => request.fail('AccessDenied', message);
    await expect(role()).rejects.toThrow(AssumeRoleDenied);
    sts.auto = (request) => request.succeed();
    expect(await key()).toBe('2');
  });
});

test.each(['Credentials', 'AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'])(
  'a response of STS without %s is an error',
  async (missing) => {
    const complete = {
      AccessKeyId: 'ASIAEXAMPLE123456789',
      SecretAccessKey: 's',
      SessionToken: 't',
      Expiration: new Date(Date.now() + 3_600_000),
    };
    const answer = missing === 'Credentials' ? {} : { Credentials: { ...complete, [missing]: undefined } };
    const { role } = setUp({ client: { assumeRole: async () => answer } });
    const error = await role().catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'CredentialsUnavailable', reasonCode: 'InvalidResponse' });
    expect(String(error)).toContain('STS sent no complete credentials');
  },
);
