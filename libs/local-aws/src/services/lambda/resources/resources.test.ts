import * as v from 'valibot';
import { membersWithoutEffect } from '../../../protocols/without-effect.ts';
import { readProperties } from '../../resource-type.testing.ts';
import type { ResourceState } from '../../resource-type.ts';
import { type LambdaFixture, lambdaFixture, ROLE, resourceContext } from '../lambda.testing.ts';

const ARN = 'arn:aws:lambda:eu-central-1:111111111111:function:worker';
const inline = (value: unknown) => ({ ZipFile: `exports.handler = async () => ${JSON.stringify(value)}` });
const base = { FunctionName: 'worker', Runtime: 'nodejs24.x', Handler: 'index.handler', Role: ROLE };

describe('resource types', () => {
  let lambda: LambdaFixture;
  beforeEach(() => {
    lambda = lambdaFixture();
  });
  afterEach(() => lambda.service.close());

  const remove = (name: string, state: ResourceState, properties: object) =>
    lambda.type(name).delete(state, readProperties(lambda.type(name), properties), resourceContext(name));

  test('a function is created from a template, even if its numbers are strings', async () => {
    const properties = {
      ...base,
      Code: inline('one'),
      MemorySize: '256',
      Timeout: '6',
      Environment: { Variables: { COUNT: 3 } },
      LoggingConfig: { LogGroup: '/my/logs' },
      Tags: [{ Key: 'team', Value: 'a' }],
    };
    const state = await lambda.create('Function', properties);
    expect(state).toEqual({ physicalId: 'worker', attributes: { Arn: ARN } });
    expect((await lambda.invoke('worker')).json).toBe('one');
    const { json } = await lambda.request('GET /2015-03-31/functions/worker');
    expect(json.Configuration).toMatchObject({
      MemorySize: 256,
      Timeout: 6,
      Environment: { Variables: { COUNT: '3' } },
      LoggingConfig: { LogGroup: '/my/logs' },
    });
    expect(json.Tags).toEqual({ stage: 'local', team: 'a' });
    await remove('Function', state, properties);
    await remove('Function', state, properties);
    expect((await lambda.request('GET /2015-03-31/functions/worker')).status).toBe(404);
  });

  test('a function connects to a VPC only if its role may do so', async () => {
    const VpcConfig = { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] };
    const properties = { ...base, Code: inline('one'), VpcConfig };
    lambda.denied.add('ec2:CreateNetworkInterface');
    await expect(lambda.create('Function', properties)).rejects.toThrow(
      'The provided execution role does not have permissions to call CreateNetworkInterface on EC2',
    );
    lambda.denied.clear();
    // On AWS: "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. …" (`test_invalid_vpc_config_security_group`
    // in https://github.com/localstack/localstack). Local AWS has no EC2, and says so.
    expect(membersWithoutEffect(lambda.type('Function').properties, properties)).toContainEqual({
      path: 'VpcConfig',
      reason: expect.stringContaining('whether subnets and security groups exist is not judged'),
    });
    await lambda.create('Function', properties);
    const { json } = await lambda.request('GET /2015-03-31/functions/worker/configuration');
    expect(json.VpcConfig).toEqual(VpcConfig);
    // A role that denies the actions that Lambda needs for the function.
    expect(lambda.questions.at(-2)?.context).not.toHaveProperty('lambda:SourceFunctionArn');
    expect((await lambda.invoke('worker')).json).toBe('one');
  });

  test('an update changes code and settings, and resets settings that the template no longer has', async () => {
    const before = { ...base, Code: inline('one'), Timeout: 9, ReservedConcurrentExecutions: 2 };
    const state = await lambda.create('Function', before);
    const after = { ...base, Code: inline('two') };
    const type = lambda.type('Function');
    const [next, previous] = [after, before].map((properties) => readProperties(type, properties));
    expect(await type.update(state, next, previous, resourceContext('Function'))).toEqual(state);
    expect((await lambda.invoke('worker')).json).toBe('two');
    const { json } = await lambda.request('GET /2015-03-31/functions/worker');
    expect(json.Configuration.Timeout).toBe(3);
    expect(json.Concurrency).toBeUndefined();
  });

  test('a function without a name gets one', async () => {
    const { FunctionName: _, ...unnamed } = base;
    const state = await lambda.create('Function', { ...unnamed, Code: inline(1) }, 'Logical');
    expect(state.physicalId).toMatch(/^stack-Logical-/);
  });

  test.each([
    ['KmsKeyArn', 'arn:aws:kms:eu-central-1:111111111111:key/1'],
    ['Runtime', 'nodejs20.x'],
    ['PackageType', 'Image'],
  ])('a function with %s fails the stack', (name, value) => {
    const result = v.safeParse(lambda.type('Function').properties, {
      ...base,
      Code: inline(1),
      [name]: value,
    });
    expect(result.success).toBe(false);
    expect(result.issues?.map((issue) => v.getDotPath(issue))).toEqual([name]);
  });

  test('a function with a layer fails the stack, and one with an empty list has none', () => {
    const layersOf = (Layers: readonly string[]) => {
      const properties = { ...base, Code: inline(1), Layers };
      return v
        .safeParse(lambda.type('Function').properties, properties)
        .issues?.map(({ message }) => message);
    };
    expect(layersOf(['arn:aws:lambda:eu-central-1:111111111111:layer:a:1'])).toEqual([
      expect.stringContaining('local AWS has no layers'),
    ]);
    expect(layersOf([])).toBeUndefined();
  });

  test('a version has the version number in its ARN, and is not published twice', async () => {
    await lambda.create('Function', { ...base, Code: inline(1) });
    const state = await lambda.create('Version', { FunctionName: 'worker' });
    expect(state).toMatchObject({ physicalId: `${ARN}:1`, attributes: { Version: '1' } });
    await expect(lambda.create('Version', { FunctionName: 'worker' })).rejects.toThrow(
      'A version for this Lambda function exists ( 1 ). Modify the function to create a new version.',
    );
    await expect(lambda.create('Version', { FunctionName: 'worker', CodeSha256: 'other' })).rejects.toThrow(
      'is different from current CodeSHA256',
    );
    await remove('Version', state, { FunctionName: 'worker' });
    expect((await lambda.request('GET /2015-03-31/functions/worker?Qualifier=1')).status).toBe(404);
  });

  test('a permission is a statement of the function policy', async () => {
    await lambda.create('Function', { ...base, Code: inline(1) });
    const properties = {
      FunctionName: ARN,
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
      SourceArn: 'arn:aws:execute-api:eu-central-1:111111111111:abc/*/*',
      SourceAccount: '111111111111',
    };
    const state = await lambda.create('Permission', properties);
    const { json } = await lambda.request('GET /2015-03-31/functions/worker/policy');
    expect(JSON.parse(json.Policy).Statement).toEqual([
      {
        Sid: state.physicalId,
        Effect: 'Allow',
        Principal: { Service: 'apigateway.amazonaws.com' },
        Action: 'lambda:InvokeFunction',
        Resource: ARN,
        Condition: {
          StringEquals: { 'AWS:SourceAccount': '111111111111' },
          ArnLike: { 'AWS:SourceArn': properties.SourceArn },
        },
      },
    ]);
    await remove('Permission', state, properties);
    expect((await lambda.request('GET /2015-03-31/functions/worker/policy')).status).toBe(404);
    await expect(lambda.create('Permission', { ...properties, FunctionName: 'none' })).rejects.toThrow(
      'Function not found',
    );
    await expect(lambda.create('Permission', { ...properties, Principal: 'nobody' })).rejects.toThrow(
      'nobody is neither',
    );
  });
});
