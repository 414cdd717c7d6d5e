import type { Clock } from '../../../core/clock.ts';
import { storedZip } from '../code/stored-zip.ts';
import { type LambdaFixture, lambdaFixture, ROLE } from '../lambda.testing.ts';

const ARN = 'arn:aws:lambda:eu-central-1:111111111111:function:worker';
const FUNCTION = '/2015-03-31/functions/worker';
const returning = (value: number) =>
  `exports.handler = async (event, context) => [${value}, context.invokedFunctionArn]`;
const zip = (value: number) => storedZip({ 'index.js': returning(value) }).toString('base64');

let lambda: LambdaFixture;
beforeEach(() => {
  lambda = lambdaFixture();
});
afterEach(() => lambda.service.close());

const codeOf = ({ headers }: { readonly headers: Readonly<Record<string, unknown>> }) =>
  headers['x-amzn-errortype'];
/** Publishes versions whose functions return 1, 2, … */
async function publish(count: number): Promise<void> {
  await lambda.deploy('worker', returning(1), { Publish: true });
  for (let value = 2; value <= count; value += 1) {
    await lambda.request(`PUT ${FUNCTION}/code`, { ZipFile: zip(value), Publish: true });
  }
}
const alias = (name: string, members: object = {}) =>
  lambda.request(`POST ${FUNCTION}/aliases`, { Name: name, FunctionVersion: '1', ...members });

describe('versions', () => {
  test('CreateFunction and UpdateFunctionCode with Publish answer with the new version', async () => {
    expect(await lambda.deploy('worker', returning(1), { Publish: true })).toBe(`${ARN}:1`);
    const updated = await lambda.request(`PUT ${FUNCTION}/code`, { ZipFile: zip(2), Publish: true });
    expect(updated.json).toMatchObject({ Version: '2', FunctionArn: `${ARN}:2` });
    expect((await lambda.invoke('worker:1')).json).toEqual([1, `${ARN}:1`]);
    expect((await lambda.invoke('worker:2')).json).toEqual([2, `${ARN}:2`]);
  });

  test('PublishVersion answers with the last version if nothing has changed', async () => {
    await lambda.deploy('worker', returning(1));
    const first = await lambda.request(`POST ${FUNCTION}/versions`, { Description: 'a' });
    expect([first.status, first.json.Version, first.json.Description]).toEqual([201, '1', 'a']);
    expect((await lambda.request(`POST ${FUNCTION}/versions`, {})).json).toEqual(first.json);
    const wrong = await lambda.request(`POST ${FUNCTION}/versions`, { CodeSha256: 'other' });
    expect(wrong.json.Message).toContain('is different from current CodeSHA256 in $LATEST');
  });
});

/* As LocalStack's tests recorded it on AWS: tests/aws/services/lambda_/test_lambda_api.snapshot.json of https://github.com/localstack/localstack */
describe('as recorded on AWS', () => {
  const read = async (qualifier = '') =>
    (await lambda.request(`GET ${FUNCTION}/configuration${qualifier}`)).json;

  test('a new description of $LATEST makes another version, and a description of the version does not', async () => {
    await lambda.deploy('worker', returning(1), { Description: 'No version :(' });
    const publish = async (members: object = {}) =>
      (await lambda.request(`POST ${FUNCTION}/versions`, members)).json;
    await lambda.request(`PUT ${FUNCTION}/configuration`, { Description: 'First version :)' });
    await read();
    expect(await publish({ Description: 'First version description :)' })).toMatchObject({ Version: '1' });
    await lambda.request(`PUT ${FUNCTION}/configuration`, { Description: 'Second version :))' });
    await read();
    const second = await publish();
    expect(second).toMatchObject({ Version: '2', Description: 'Second version :))' });
    expect(await publish({ Description: 'Third version description :)))' })).toEqual(second);
    const listed = (await lambda.request(`GET ${FUNCTION}/versions`)).json.Versions;
    expect(listed.map(({ Version, Description }: Record<string, string>) => [Version, Description])).toEqual([
      ['$LATEST', 'Second version :))'],
      ['1', 'First version description :)'],
      ['2', 'Second version :))'],
    ]);
  });

  test('the revision of a function changes again when its creation, its update or a publication ends', async () => {
    const created = await lambda.request('POST /2015-03-31/functions', {
      ...{ FunctionName: 'worker', Role: ROLE, Runtime: 'nodejs24.x', Handler: 'index.handler' },
      Code: { ZipFile: zip(1) },
    });
    const revisions = [created.json.RevisionId, (await read()).RevisionId];
    const answer = async (http: string, members: object) => {
      revisions.push((await lambda.request(http, members)).json.RevisionId, (await read()).RevisionId);
    };
    await answer(`PUT ${FUNCTION}/code`, { ZipFile: zip(2) });
    await answer(`PUT ${FUNCTION}/configuration`, { Timeout: 4 });
    await answer(`POST ${FUNCTION}/versions`, {});
    expect(new Set(revisions).size).toBe(8);
    // A second look, and a publication of the same, change nothing.
    await lambda.request(`POST ${FUNCTION}/versions`, {});
    expect((await read()).RevisionId).toBe(revisions.at(-1));
    expect((await read('?Qualifier=1')).RevisionId).toBe(revisions.at(-2));
  });

  test('the deletion of a version that does not exist succeeds, as often as it is repeated', async () => {
    await lambda.deploy('worker', returning(1));
    for (const _ of [1, 2]) {
      expect((await lambda.request(`DELETE ${FUNCTION}?Qualifier=1233`)).status).toBe(204);
    }
  });
});

describe('a revision', () => {
  test('RevisionId changes with the function, and a change with an old one is refused', async () => {
    await lambda.deploy('worker', returning(1));
    const read = async () => (await lambda.request(`GET ${FUNCTION}/configuration`)).json.RevisionId;
    const first = await read();
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    const changes = [
      (RevisionId: string) => lambda.request(`PUT ${FUNCTION}/configuration`, { Timeout: 4, RevisionId }),
      (RevisionId: string) => lambda.request(`PUT ${FUNCTION}/code`, { ZipFile: zip(2), RevisionId }),
      (RevisionId: string) => lambda.request(`POST ${FUNCTION}/versions`, { RevisionId }),
    ];
    for (const change of changes) expect((await change(await read())).status).toBeLessThan(300);
    for (const change of changes) {
      const response = await change(first);
      expect([response.status, codeOf(response)]).toEqual([412, 'PreconditionFailedException']);
    }
  });

  test('the policy of a function has at most 20,480 bytes', async () => {
    await lambda.deploy('worker', returning(1));
    const add = (index: number) =>
      lambda.request(`POST ${FUNCTION}/policy`, {
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
        SourceArn: `arn:aws:execute-api:us-east-1:111111111111:api${index}/prod/GET/orders/{id}`,
        StatementId: `permission-${index}`,
      });
    let index = 0;
    let last = await add(index);
    while (last.status === 201 && index < 100) last = await add(++index);
    expect(last).toMatchObject({
      status: 400,
      json: {
        Message: expect.stringMatching(
          /^The final policy size \(20\d{3}\) is bigger than the limit \(20480\)\.$/,
        ),
      },
    });
    const { Policy } = (await lambda.request(`GET ${FUNCTION}/policy`)).json;
    expect(JSON.parse(Policy).Statement).toHaveLength(index);
    expect(Policy.length).toBeLessThanOrEqual(20_480);
  });

  // LocalStack recorded it on AWS: test_function_revisions_permissions in https://github.com/localstack/localstack, tests/aws/services/lambda_/test_lambda_api.py
  test('function, configuration and policy have one RevisionId, which AddPermission and RemovePermission compare and change', async () => {
    await lambda.deploy('worker', returning(1));
    const permission = { Action: 'lambda:InvokeFunction', Principal: '222222222222' };
    const add = (StatementId: string, RevisionId?: string) =>
      lambda.request(`POST ${FUNCTION}/policy`, { ...permission, StatementId, RevisionId });
    const remove = (sid: string, revision: string) =>
      lambda.request(`DELETE ${FUNCTION}/policy/${sid}?RevisionId=${revision}`);
    const revisions = async () => [
      (await lambda.request(`GET ${FUNCTION}`)).json.Configuration.RevisionId,
      (await lambda.request(`GET ${FUNCTION}/configuration`)).json.RevisionId,
      (await lambda.request(`GET ${FUNCTION}/policy`)).json.RevisionId,
    ];
    const [created] = await revisions();
    expect((await add('a', created)).status).toBe(201);
    const [added, ...others] = await revisions();
    expect(others).toEqual([added, added]);
    expect(added).not.toBe(created);
    const stale = await add('b', created);
    expect([stale.status, stale.json.Message]).toEqual([
      412,
      expect.stringContaining('Call the GetPolicy API'),
    ]);
    expect((await remove('a', created)).json.Message).toContain('Call the GetFunction/GetAlias API');
    expect((await remove('a', added)).status).toBe(204);
    expect(
      (await lambda.request(`PUT ${FUNCTION}/configuration`, { Timeout: 4, RevisionId: added })).status,
    ).toBe(412);
    const other = '/2015-03-31/functions/other/policy';
    expect((await lambda.request(`POST ${other}`, { ...permission, StatementId: 'a' })).status).toBe(404);
  });

  test('the policy of an alias has the revision of the alias, not that of the function', async () => {
    await publish(1);
    const created = (await alias('live')).json.RevisionId;
    const revision = async () => (await lambda.request(`GET ${FUNCTION}/configuration`)).json.RevisionId;
    const before = await revision();
    await lambda.request(`POST ${FUNCTION}/policy?Qualifier=live`, {
      ...{
        Action: 'lambda:InvokeFunction',
        Principal: '222222222222',
        StatementId: 'a',
        RevisionId: created,
      },
    });
    const { RevisionId } = (await lambda.request(`GET ${FUNCTION}/policy?Qualifier=live`)).json;
    expect((await lambda.request(`GET ${FUNCTION}/aliases/live`)).json.RevisionId).toBe(RevisionId);
    expect(RevisionId).not.toBe(created);
    expect(await revision()).toBe(before);
  });
});

describe('aliases', () => {
  test('an alias is created, read, changed, listed and deleted', async () => {
    await publish(2);
    const created = await alias('live', { Description: 'for users' });
    expect([created.status, created.json]).toEqual([
      201,
      {
        AliasArn: `${ARN}:live`,
        Name: 'live',
        FunctionVersion: '1',
        Description: 'for users',
        RevisionId: expect.any(String),
      },
    ]);
    expect((await lambda.request(`GET ${FUNCTION}/aliases/live`)).json).toEqual(created.json);
    expect((await alias('live')).json.Message).toBe(`Alias already exists: ${ARN}:live`);
    const update = (members: object) => lambda.request(`PUT ${FUNCTION}/aliases/live`, members);
    expect((await update({ FunctionVersion: '2' })).json).toMatchObject({
      FunctionVersion: '2',
      Description: 'for users',
    });
    expect(codeOf(await update({ RevisionId: created.json.RevisionId }))).toBe('PreconditionFailedException');
    await alias('beta');
    const names = async (query = '') =>
      (await lambda.request(`GET ${FUNCTION}/aliases${query}`)).json.Aliases.map(
        ({ Name }: { Name: string }) => Name,
      );
    expect(await names()).toEqual(['beta', 'live']);
    expect(await names('?FunctionVersion=2')).toEqual(['live']);
    for (const _ of [1, 2])
      expect((await lambda.request(`DELETE ${FUNCTION}/aliases/live`)).status).toBe(204);
    const gone = await lambda.request(`GET ${FUNCTION}/aliases/live`);
    expect([gone.status, gone.json.Message]).toEqual([404, `Cannot find alias arn: ${ARN}:live`]);
  });

  test.each([
    ['a number as its name', { Name: '12' }, "Value '12' at 'name'"],
    ['a version that does not exist', { FunctionVersion: '9' }, `Function not found: ${ARN}:9`],
    [
      'two more versions',
      { RoutingConfig: { AdditionalVersionWeights: { 2: 0.1, 3: 0.1 } } },
      'cannot be greater than 1',
    ],
    [
      'its own version again',
      { RoutingConfig: { AdditionalVersionWeights: { 1: 0.1 } } },
      'is already included',
    ],
    [
      '$LATEST and a weight',
      { FunctionVersion: '$LATEST', RoutingConfig: { AdditionalVersionWeights: { 1: 0.1 } } },
      '$LATEST is not supported for an alias pointing to more than 1 version',
    ],
  ])('an alias with %s is refused', async (_, members, message) => {
    await publish(3);
    expect((await alias('live', members)).json.Message).toContain(message);
    expect((await lambda.request(`GET ${FUNCTION}/aliases`)).json.Aliases).toEqual([]);
  });

  test('an invocation by alias runs its version, with the alias in the ARN', async () => {
    await publish(2);
    await alias('live');
    const invoked = await lambda.invoke('worker:live');
    expect(invoked.json).toEqual([1, `${ARN}:live`]);
    expect(invoked.headers['x-amz-executed-version']).toBe('1');
    await lambda.request(`PUT ${FUNCTION}/aliases/live`, { FunctionVersion: '2' });
    expect((await lambda.invoke('worker:live')).json).toEqual([2, `${ARN}:live`]);
    const described = (await lambda.request(`GET ${FUNCTION}?Qualifier=live`)).json.Configuration;
    expect(described).toMatchObject({ Version: '2', FunctionArn: `${ARN}:live` });
  });

  test('the weights of an alias send invocations to another version', async () => {
    await publish(2);
    await alias('live', { RoutingConfig: { AdditionalVersionWeights: { 2: 0.5 } } });
    const random = jest.spyOn(Math, 'random');
    const executed = async (value: number) => {
      random.mockReturnValue(value);
      return (await lambda.invoke('worker:live')).headers['x-amz-executed-version'];
    };
    try {
      expect([await executed(0.49), await executed(0.5)]).toEqual(['2', '1']);
    } finally {
      random.mockRestore();
    }
  });

  test('the policy of an alias is that of the alias alone', async () => {
    await publish(1);
    await alias('live');
    const permission = { StatementId: 'a', Action: 'lambda:InvokeFunction', Principal: '222222222222' };
    const added = await lambda.request(`POST ${FUNCTION}/policy?Qualifier=live`, permission);
    expect(JSON.parse(added.json.Statement).Resource).toBe(`${ARN}:live`);
    const policyAt = async (name: string) => {
      await lambda.invoke(name);
      return lambda.questions.findLast(({ action }) => action === 'lambda:InvokeFunction')?.resourcePolicy;
    };
    expect(await policyAt('worker:live')).toMatchObject({ document: { Statement: [{ Sid: 'a' }] } });
    expect([await policyAt('worker'), await policyAt('worker:1')]).toEqual([undefined, undefined]);
    await lambda.request(`DELETE ${FUNCTION}/aliases/live`);
    await alias('live');
    expect(await policyAt('worker:live')).toBeUndefined();
  });

  test('a permission on $LATEST is refused', async () => {
    await publish(1);
    const permission = { StatementId: 'a', Action: 'lambda:InvokeFunction', Principal: '222222222222' };
    const added = await lambda.request(`POST ${FUNCTION}/policy?Qualifier=$LATEST`, permission);
    expect([added.status, added.json.Message]).toEqual([
      400,
      'We currently do not support adding policies for $LATEST.',
    ]);
  });

  // https://github.com/karl-cardenas-coding/go-lambda-cleanup/issues/45
  test('a version that an alias names cannot be deleted', async () => {
    await publish(2);
    await alias('live', { RoutingConfig: { AdditionalVersionWeights: { 2: 0.5 } } });
    for (const version of ['1', '2']) {
      const response = await lambda.request(`DELETE ${FUNCTION}?Qualifier=${version}`);
      expect([response.status, response.json.Message]).toEqual([
        409,
        'Unable to delete version because the following aliases reference it: [live]',
      ]);
    }
  });

  test('a template creates, changes and deletes an alias', async () => {
    await publish(2);
    const properties = { FunctionName: 'worker', Name: 'live', FunctionVersion: '1' };
    const state = await lambda.create('Alias', properties);
    expect(state).toEqual({ physicalId: `${ARN}:live`, attributes: { AliasArn: `${ARN}:live` } });
    expect((await lambda.invoke('worker:live')).json[0]).toBe(1);
    const next = await lambda.update('Alias', state, { ...properties, FunctionVersion: '2' }, properties);
    expect(next).toEqual(state);
    expect((await lambda.invoke('worker:live')).json[0]).toBe(2);
    const weighted = { AdditionalVersionWeights: [{ FunctionVersion: '1', FunctionWeight: '0.25' }] };
    const split = { ...properties, FunctionVersion: '2', RoutingConfig: weighted };
    await lambda.update('Alias', state, split, properties);
    expect((await lambda.request(`GET ${FUNCTION}/aliases/live`)).json.RoutingConfig).toEqual({
      AdditionalVersionWeights: { 1: 0.25 },
    });
    await lambda.remove('Alias', state, properties);
    await lambda.remove('Alias', state, properties);
    expect((await lambda.invoke('worker:live')).status).toBe(404);
  });
});

describe('a configuration', () => {
  const configuration = async () => (await lambda.request(`GET ${FUNCTION}/configuration`)).json;

  test('it has no Environment and no VpcConfig that nobody has set', async () => {
    await lambda.deploy('worker', returning(1));
    expect(Object.keys(await configuration())).toEqual(
      expect.not.arrayContaining(['Environment', 'VpcConfig']),
    );
  });

  test('it has Environment as it was given, also without variables', async () => {
    await lambda.deploy('worker', returning(1), { Environment: { Variables: {} } });
    expect((await configuration()).Environment).toEqual({ Variables: {} });
    await lambda.request(`PUT ${FUNCTION}/configuration`, { Environment: { Variables: { AB: '' } } });
    expect((await configuration()).Environment).toEqual({ Variables: { AB: '' } });
  });
});

describe('with the delays of AWS', () => {
  let now: number;
  beforeEach(async () => {
    await lambda.service.close();
    now = Date.now();
    const clock: Clock = { now: () => new Date(now) };
    lambda = lambdaFixture({ clock, changeMs: 2_000 });
  });

  test('a new function is Pending, and can neither be invoked nor changed', async () => {
    await lambda.deploy('worker', returning(1));
    const { json } = await lambda.request(`GET ${FUNCTION}`);
    expect(json.Configuration).toMatchObject({ State: 'Pending', StateReasonCode: 'Creating' });
    for (const response of [
      await lambda.invoke('worker'),
      await lambda.request(`PUT ${FUNCTION}/configuration`, { Timeout: 4 }),
      await lambda.request(`POST ${FUNCTION}/versions`, {}),
    ]) {
      expect([response.status, codeOf(response)]).toEqual([409, 'ResourceConflictException']);
      expect(response.json.Message).toBe(
        'The operation cannot be performed at this time. The function is currently in the following state: Pending',
      );
    }
    now += 2_000;
    expect((await lambda.request(`GET ${FUNCTION}`)).json.Configuration.State).toBe('Active');
    expect((await lambda.invoke('worker')).json[0]).toBe(1);
  });

  // https://github.com/turnerlabs/udeploy/issues/52
  test('a function that changes is InProgress, can be invoked, and cannot be changed again', async () => {
    await lambda.deploy('worker', returning(1));
    now += 2_000;
    const changed = await lambda.request(`PUT ${FUNCTION}/configuration`, { Timeout: 4 });
    expect(changed.json).toMatchObject({ State: 'Active', LastUpdateStatus: 'InProgress' });
    const again = await lambda.request(`PUT ${FUNCTION}/code`, { ZipFile: zip(2) });
    expect([again.status, again.json.Message]).toEqual([
      409,
      `The operation cannot be performed at this time. An update is in progress for resource: ${ARN}`,
    ]);
    expect((await lambda.invoke('worker')).json[0]).toBe(1);
    now += 2_000;
    expect((await lambda.request(`PUT ${FUNCTION}/code`, { ZipFile: zip(2) })).status).toBe(200);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html, "Function states during updates"
  test('while a function changes, invocations run the code and the configuration from before', async () => {
    const source = (value: number) => `exports.handler = async () => [${value}, process.env.STAGE]`;
    const ZipFile = (value: number) => storedZip({ 'index.js': source(value) }).toString('base64');
    await lambda.deploy('worker', source(1), { Environment: { Variables: { STAGE: 'a' } } });
    const run = async () => (await lambda.invoke('worker')).json;
    now += 2_000;
    for (const [path, input, before, after] of [
      ['code', { ZipFile: ZipFile(2) }, [1, 'a'], [2, 'a']],
      ['configuration', { Environment: { Variables: { STAGE: 'b' } } }, [2, 'a'], [2, 'b']],
    ] as const) {
      await lambda.request(`PUT ${FUNCTION}/${path}`, input);
      expect([await run(), await run()]).toEqual([before, before]);
      now += 2_000;
      expect(await run()).toEqual(after);
    }
    await lambda.request(`DELETE ${FUNCTION}`);
    expect((await lambda.invoke('worker')).status).toBe(404);
  });

  test('a function of a stack is ready when the stack is', async () => {
    const Code = { ZipFile: returning(1) };
    await lambda.create('Function', {
      FunctionName: 'worker',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: ROLE,
      Code,
    });
    expect((await lambda.invoke('worker')).json[0]).toBe(1);
  });
});

// https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html, "Function states during updates"
describe('an update that no client has seen complete', () => {
  const update = (Timeout: number) => lambda.request(`PUT ${FUNCTION}/configuration`, { Timeout });

  beforeEach(async () => {
    lambda = lambdaFixture({ unseenMs: 60_000 });
    await lambda.deploy('worker', returning(1));
  });

  test('refuses the next update and a new version, as on AWS', async () => {
    expect((await update(4)).json).toMatchObject({ State: 'Active', LastUpdateStatus: 'InProgress' });
    for (const response of [
      await update(5),
      await lambda.request(`PUT ${FUNCTION}/code`, { ZipFile: zip(2) }),
      await lambda.request(`POST ${FUNCTION}/versions`, {}),
    ]) {
      expect([response.status, codeOf(response), response.json.Message]).toEqual([
        409,
        'ResourceConflictException',
        `The operation cannot be performed at this time. An update is in progress for resource: ${ARN}`,
      ]);
    }
  });

  test.each([
    ['GetFunction', () => lambda.request(`GET ${FUNCTION}`)],
    ['GetFunctionConfiguration', () => lambda.request(`GET ${FUNCTION}/configuration`)],
    ['an invocation', () => lambda.invoke('worker')],
  ])('is complete once %s shows it, so a client that waits loses no time', async (_, look) => {
    await update(4);
    await look();
    const read = (await lambda.request(`GET ${FUNCTION}/configuration`)).json;
    expect(read).toMatchObject({ Timeout: 4, LastUpdateStatus: 'Successful' });
    expect((await update(5)).status).toBe(200);
  });

  test('a stack may change the function', async () => {
    const properties = { FunctionName: 'other', Role: ROLE, Runtime: 'nodejs24.x', Handler: 'index.handler' };
    const withCode = { ...properties, Code: { ZipFile: returning(1) } };
    const state = await lambda.create('Function', withCode);
    await lambda.request('PUT /2015-03-31/functions/other/configuration', { Timeout: 4 });
    await lambda.update('Function', state, { ...withCode, Timeout: 5 }, withCode);
    const read = await lambda.request('GET /2015-03-31/functions/other/configuration');
    expect(read.json.Timeout).toBe(5);
  });
});
