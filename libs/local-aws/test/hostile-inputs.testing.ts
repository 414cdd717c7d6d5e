import { request } from 'node:http';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import type { LocalAws } from '../src/local-aws.ts';

/** An input that could keep one thread busy for ever. */
export interface HostileInput {
  readonly name: string;
  /** The fewest turns of the event loop in which it is answered: others are answered in between. Default: 1. */
  readonly turns?: number;
  /** It is quick enough for `npm test`. All others belong to the stages. */
  readonly isQuick?: boolean;
  /** Sends it. Resolves when it was answered, in whatever way. */
  send(aws: LocalAws): Promise<unknown>;
}

const A = '111111111111';
const slow = '(a+)+$';
const text = `${'a'.repeat(60)}!`;

const clientOptions = (aws: LocalAws) => ({
  endpoint: aws.url,
  region: 'us-east-1',
  credentials: aws.directory.administrator(A),
  maxAttempts: 1,
});
const answered = (sent: Promise<unknown>) => sent.catch((error: unknown) => error);

/** Creates a stack, and waits until it has settled. */
async function createStack(aws: LocalAws, TemplateBody: string, Parameters: Record<string, string> = {}) {
  const client = new CloudFormationClient(clientOptions(aws));
  const StackName = `stack${Math.random().toString(36).slice(2)}`;
  const parameters = Object.entries(Parameters).map(([ParameterKey, ParameterValue]) => ({
    ParameterKey,
    ParameterValue,
  }));
  try {
    await client.send(new CreateStackCommand({ StackName, TemplateBody, Parameters: parameters }));
    for (;;) {
      const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
      if (!Stacks[0]?.StackStatus?.endsWith('_IN_PROGRESS')) return Stacks[0];
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    client.destroy();
  }
}

const method = (properties: object) => ({
  Type: 'AWS::ApiGateway::Method',
  Properties: {
    RestApiId: { Ref: 'Api' },
    ResourceId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
    HttpMethod: 'POST',
    AuthorizationType: 'NONE',
    ...properties,
  },
});
const apiWith = (resources: object, methodProperties: object) => ({
  Resources: {
    Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'hostile' } },
    ...resources,
    Method: method(methodProperties),
    Deployment: {
      Type: 'AWS::ApiGateway::Deployment',
      DependsOn: ['Method'],
      Properties: { RestApiId: { Ref: 'Api' }, StageName: 'live' },
    },
  },
});

async function unsignedPost(aws: LocalAws, body: string): Promise<void> {
  const map = JSON.parse(await consoleOf(aws, '/map')) as { nodes: { id: string; kind: string }[] };
  const route = map.nodes.find(({ kind, id }) => kind === 'route' && id.endsWith('/live/POST/'));
  const [, apiId] = /:([^:/]+)\/live\//.exec(route?.id ?? '') ?? [];
  if (apiId === undefined) throw new Error('There is no API.');
  await new Promise<void>((resolve, reject) => {
    const host = `${apiId}.execute-api.us-east-1.amazonaws.com`;
    const sent = request(`${aws.url}/live`, {
      method: 'POST',
      headers: { host, 'content-type': 'application/json' },
    });
    sent.on('response', (answer) => answer.resume().on('end', resolve));
    sent.on('error', reject).end(body);
  });
}

/** Reads a path of the console. */
export async function consoleOf(aws: LocalAws, path: string): Promise<string> {
  const headers = { authorization: `Bearer ${aws.consoleUrl.split('#token=')[1]}` };
  const response = await fetch(`${aws.url}/_local-aws/console${path}`, { headers });
  return response.text();
}

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

/** The inputs: templates, requests and policies of an attacker, or of somebody in a hurry. */
export const hostileInputs: readonly HostileInput[] = [
  {
    name: 'AllowedPattern with a repetition inside a repetition',
    send: (aws) =>
      answered(
        createStack(
          aws,
          JSON.stringify({
            Parameters: { P: { Type: 'String', AllowedPattern: slow } },
            Resources: { Topic: { Type: 'AWS::SNS::Topic' } },
          }),
          { P: text },
        ),
      ),
  },
  {
    name: 'a body for the pattern of a model, unsigned',
    isQuick: true,
    async send(aws) {
      const schema = { type: 'object', properties: { p: { type: 'string', pattern: slow } } };
      const template = apiWith(
        {
          Model: {
            Type: 'AWS::ApiGateway::Model',
            Properties: {
              RestApiId: { Ref: 'Api' },
              ContentType: 'application/json',
              Name: 'M',
              Schema: schema,
            },
          },
          Validator: {
            Type: 'AWS::ApiGateway::RequestValidator',
            Properties: { RestApiId: { Ref: 'Api' }, ValidateRequestBody: true },
          },
        },
        {
          RequestModels: { 'application/json': { Ref: 'Model' } },
          RequestValidatorId: { Ref: 'Validator' },
          Integration: {
            Type: 'MOCK',
            RequestTemplates: { 'application/json': '{"statusCode": 200}' },
            IntegrationResponses: [{ StatusCode: '200' }],
          },
          MethodResponses: [{ StatusCode: '200' }],
        },
      );
      await createStack(aws, JSON.stringify(template));
      await unsignedPost(aws, JSON.stringify({ p: text }));
    },
  },
  {
    name: 'a selection pattern of repeated repetitions',
    send: (aws) =>
      answered(
        createStack(
          aws,
          JSON.stringify(
            apiWith(
              {},
              {
                Integration: {
                  Type: 'MOCK',
                  RequestTemplates: { 'application/json': '{"statusCode": 200}' },
                  IntegrationResponses: [{ StatusCode: '200', SelectionPattern: '((\\d?){50}){50}x' }],
                },
                MethodResponses: [{ StatusCode: '200' }],
              },
            ),
          ),
        ).then(() => unsignedPost(aws, '{}')),
      ),
  },
  {
    name: 'a template in YAML whose aliases multiply',
    send(aws) {
      const levels = Array.from({ length: 9 }, (_, level) => {
        const before = level === 0 ? '"x"' : `*a${level - 1}`;
        return `  a${level}: &a${level} [${Array.from({ length: 9 }, () => before).join(', ')}]`;
      });
      const client = new CloudFormationClient(clientOptions(aws));
      const TemplateBody = `Metadata:\n${levels.join('\n')}\nResources: {}\n`;
      return answered(client.send(new ValidateTemplateCommand({ TemplateBody })));
    },
  },
  {
    name: 'a template of deep nesting',
    send(aws) {
      const client = new CloudFormationClient(clientOptions(aws));
      const TemplateBody = `{"Metadata":${nested(20_000, '[', ']')},"Resources":{}}`;
      return answered(client.send(new ValidateTemplateCommand({ TemplateBody })));
    },
  },
  {
    name: 'a policy of many wildcards, and a long resource',
    send(aws) {
      const client = new IAMClient(clientOptions(aws));
      const statement = { Effect: 'Allow', Action: 's3:*', Resource: `arn:aws:s3:::${'*a'.repeat(500)}b` };
      return answered(
        client.send(
          new SimulatePrincipalPolicyCommand({
            PolicySourceArn: `arn:aws:iam::${A}:user/administrator`,
            PolicyInputList: [JSON.stringify({ Version: '2012-10-17', Statement: statement })],
            ActionNames: ['s3:GetObject'],
            ResourceArns: [`arn:aws:s3:::${'a'.repeat(1_900)}`],
          }),
        ),
      );
    },
  },
  {
    name: 'a simulation of many actions on many resources',
    send(aws) {
      const client = new IAMClient(clientOptions(aws));
      return answered(
        client.send(
          new SimulatePrincipalPolicyCommand({
            PolicySourceArn: `arn:aws:iam::${A}:user/administrator`,
            ActionNames: Array.from({ length: 200 }, (_, index) => `s3:Get${index}`),
            ResourceArns: Array.from({ length: 50 }, (_, index) => `arn:aws:s3:::b${index}`),
          }),
        ),
      );
    },
  },
  {
    name: 'a bucket policy of 20 KB of conditions',
    async send(aws) {
      const client = new S3Client({ ...clientOptions(aws), forcePathStyle: true });
      await answered(client.send(new CreateBucketCommand({ Bucket: 'hostile' })));
      const values = Array.from({ length: 900 }, (_, index) => `*${'?'.repeat(10)}${index}`);
      const Policy = JSON.stringify({
        Version: '2012-10-17',
        Statement: {
          ...{ Effect: 'Allow', Principal: { AWS: A }, Action: 's3:*', Resource: 'arn:aws:s3:::hostile/*' },
          Condition: { StringLike: { 'aws:UserAgent': values } },
        },
      });
      return answered(client.send(new PutBucketPolicyCommand({ Bucket: 'hostile', Policy })));
    },
  },
  {
    name: 'XML of nested entities',
    isQuick: true,
    async send(aws) {
      const entities = Array.from(
        { length: 9 },
        (_, level) => `<!ENTITY e${level} "${level === 0 ? 'x' : `&e${level - 1};`.repeat(10)}">`,
      );
      const body = `<!DOCTYPE Delete [${entities.join('')}]><Delete><Object><Key>&e8;</Key></Object></Delete>`;
      const response = await fetch(`${aws.url}/hostile?delete`, { method: 'POST', body });
      return response.text();
    },
  },
  {
    name: 'a body of deep JSON',
    async send(aws) {
      const response = await fetch(`${aws.url}/2015-03-31/functions`, {
        method: 'POST',
        body: nested(200_000, '[', ']'),
      });
      return response.text();
    },
  },
  {
    name: 'a header of many spaces and commas',
    isQuick: true,
    async send(aws) {
      const value = `${' ,'.repeat(3_000)}x`;
      const response = await fetch(aws.url, { headers: { authorization: value, 'x-amzn-trace-id': value } });
      return response.text();
    },
  },
  {
    name: 'a zip whose files are larger than it says',
    send(aws) {
      const client = new LambdaClient(clientOptions(aws));
      const ZipFile = Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(1_000_000, 0x50)]);
      return answered(
        client.send(
          new CreateFunctionCommand({
            ...{ FunctionName: 'zip', Runtime: 'nodejs24.x', Handler: 'a.b' },
            ...{ Role: `arn:aws:iam::${A}:role/x`, Code: { ZipFile } },
          }),
        ),
      );
    },
  },
  {
    name: 'roles that may all assume each other, on the map',
    turns: 100,
    async send(aws) {
      const trust = { Effect: 'Allow', Principal: { AWS: A }, Action: 'sts:AssumeRole' };
      for (let index = 0; index < 200; index += 1) {
        const name = `dense${index}`;
        const trustPolicy = { Version: '2012-10-17', Statement: trust };
        aws.directory.roles.create(A, { name, trustPolicy });
        const all = { Effect: 'Allow', Action: '*', Resource: '*' };
        aws.directory.roles.putPolicy(A, name, 'all', { Version: '2012-10-17', Statement: all });
      }
      return consoleOf(aws, '/map');
    },
  },
  { name: 'the whole page of the console', turns: 100, send: (aws) => consoleOf(aws, '/page') },
];
