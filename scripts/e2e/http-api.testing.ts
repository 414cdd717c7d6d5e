import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageService } from './packaged-pair.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, type TestBed } from './test-bed.testing.ts';

/** The role that the caller assumes. Its trust and its permissions are those of the pair in services/. */
export const INVOKE_ROLE = 'orders-local-invoke';

/** A service with an HTTP API, as other users of the framework's `httpApi` events would write it. */
export const apiService = {
  service: 'orders',
  frameworkVersion: '4',
  plugins: ['@cross-account-api/local-aws/serverless-plugin'],
  provider: {
    name: 'aws',
    region: 'us-east-1',
    profile: 'local-api',
    runtime: 'nodejs24.x',
    versionFunctions: false,
    tags: { team: 'orders' },
    logs: { httpApi: true },
    httpApi: {
      cors: { allowedOrigins: ['https://shop.example.com'], allowedHeaders: ['Authorization'], maxAge: 60 },
    },
  },
  functions: {
    echo: {
      handler: 'echo.handler',
      events: [
        { httpApi: { method: 'POST', path: '/orders', authorizer: { type: 'aws_iam' } } },
        { httpApi: { method: 'GET', path: '/orders/{id}', authorizer: { type: 'aws_iam' } } },
        { httpApi: { method: 'GET', path: '/files/{path+}', authorizer: { type: 'aws_iam' } } },
        { httpApi: 'GET /health' },
      ],
    },
    old: { handler: 'echo.handler', httpApi: { payload: '1.0' }, events: [{ httpApi: 'GET /old' }] },
    fallback: { handler: 'echo.handler', events: [{ httpApi: '*' }] },
  },
  resources: {
    Resources: {
      InvokeRole: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: INVOKE_ROLE,
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: {
              Effect: 'Allow',
              Principal: { AWS: `arn:aws:iam::${CALLER_ACCOUNT}:root` },
              Action: 'sts:AssumeRole',
              Condition: { StringEquals: { 'sts:ExternalId': 'orders-id' } },
            },
          },
          Policies: [
            {
              PolicyName: 'Invoke',
              PolicyDocument: {
                Version: '2012-10-17',
                Statement: {
                  Effect: 'Allow',
                  Action: 'execute-api:Invoke',
                  Resource: ['POST/orders', 'GET/orders/*', 'GET/files/*'].map((route) => ({
                    'Fn::Sub': `arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${HttpApi}/$default/${route}`,
                  })),
                },
              },
            },
          ],
        },
      },
    },
  },
};

const callerService = {
  service: 'shop',
  frameworkVersion: '4',
  plugins: ['serverless-esbuild', '@cross-account-api/local-aws/serverless-plugin'],
  custom: { esbuild: { config: '../esbuild.config.cjs' } },
  provider: {
    name: 'aws',
    region: 'us-east-1',
    profile: 'local-caller',
    runtime: 'nodejs24.x',
    versionFunctions: false,
    iam: {
      role: {
        statements: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Resource: `arn:aws:iam::${API_ACCOUNT}:role/${INVOKE_ROLE}`,
          },
        ],
      },
    },
  },
  functions: {
    caller: {
      handler: 'caller.handler',
      timeout: 20,
      environment: {
        API_URL: `\${param:apiUrl}`,
        INVOKE_ROLE_ARN: `arn:aws:iam::${API_ACCOUNT}:role/${INVOKE_ROLE}`,
        EXTERNAL_ID: 'orders-id',
      },
    },
  },
};

const echo = `export const handler = async (event) => {
  if (event.queryStringParameters?.fail) throw new Error('asked to fail');
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) };
};
`;

const caller = `import { assumeRole } from '@cross-account-api/assume-role';
import { signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';

const { API_URL, INVOKE_ROLE_ARN, EXTERNAL_ID } = process.env;

export const handler = middy()
  .use(assumeRole({ roleArn: INVOKE_ROLE_ARN, externalId: EXTERNAL_ID }))
  .use(signedFetch({ baseUrl: API_URL, credentials: 'assumedRole' }))
  .handler(async ({ method, path, body }, { api }) => {
    const { status, body: answer, requestId } = await api.json(path, { method, json: body });
    return { status, body: answer, requestId };
  });
`;

/**
 * Writes a service into a copy of the project, and deploys it.
 * @returns the outputs of its stack
 * @throws Error with the output of the CLI
 */
async function deployService(
  bed: TestBed,
  accountId: string,
  folder: string,
  serverless: object,
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<Readonly<Record<string, string>>> {
  const path = join(bed.project.root, 'services', folder);
  await mkdir(path, { recursive: true });
  // JSON is YAML.
  await writeFile(join(path, 'serverless.yml'), JSON.stringify(serverless));
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  const packaged = await packageService(path, ['--stage', 'local', ...args]);
  const { outputs } = await bed.aws.deploy(packaged, { account: accountId });
  return outputs;
}

/** Deploys {@link apiService}. @returns the URL of its API */
export async function deployOrders(bed: TestBed, service: object = apiService): Promise<string> {
  const { HttpApiUrl = '' } = await deployService(bed, API_ACCOUNT, 'orders', service, { 'echo.mjs': echo });
  return HttpApiUrl;
}

/** Deploys a function in account B that calls the API as {@link INVOKE_ROLE}. */
export async function deployShop(bed: TestBed, apiUrl: string): Promise<void> {
  const param = ['--param', `apiUrl=${apiUrl}`];
  await deployService(bed, CALLER_ACCOUNT, 'shop', callerService, { 'caller.js': caller }, param);
}
