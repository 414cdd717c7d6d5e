import { APIGatewayClient, UpdateStageCommand } from '@aws-sdk/client-api-gateway';
import { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { LinkKind } from '../../libs/cli/src/call/link.ts';
import {
  changePermissions,
  changePolicy,
  changeTrust,
  limitHttpApiTo0,
  limitToLogs,
  removePolicy,
  type Undo,
} from '../../libs/cli/src/stage/break-deployment.testing.ts';

/** Clients for both accounts, and the deployed resources. */
export interface DeployedApp {
  /** Clients of IAM. */
  readonly api: IAMClient;
  readonly caller: IAMClient;
  readonly lambda: LambdaClient;
  readonly restApis: APIGatewayClient;
  readonly httpApis: ApiGatewayV2Client;
  readonly apiUrl: string;
  /** The function behind the API. */
  readonly functionName: string;
  readonly isHttp: boolean;
}

type ClientOptions = NonNullable<ConstructorParameters<typeof IAMClient>[0]>;

/** The clients of a {@link DeployedApp}. */
export function createClients(api: ClientOptions, caller: ClientOptions) {
  return {
    api: new IAMClient(api),
    caller: new IAMClient(caller),
    lambda: new LambdaClient(api),
    restApis: new APIGatewayClient(api),
    httpApis: new ApiGatewayV2Client(api),
  };
}

/** A way to break the app, and the kind of the link that breaks. */
export interface Break {
  readonly what: string;
  readonly link: LinkKind;
  /** Options of `explain` that differ from those of the sound call. */
  readonly options?: Readonly<Record<string, string>>;
  readonly breakIt?: (app: DeployedApp) => Promise<Undo>;
}

const INVOKE = 'greetings-invoke';
const CALLER = 'greetings-caller';

/** Ways to break a call that a role of one account makes with an API of another. */
export const breaks: readonly Break[] = [
  {
    what: 'the invoke role trusts another account',
    link: 'assume role',
    breakIt: ({ api }) => changeTrust(api, INVOKE, (one) => ({ ...one, Principal: { AWS: '333333333333' } })),
  },
  {
    what: 'the invoke role trusts another role',
    link: 'assume role',
    breakIt: ({ api }) =>
      changeTrust(api, INVOKE, (one) => ({
        ...one,
        Condition: { ArnEquals: { 'aws:PrincipalArn': 'arn:aws:iam::222222222222:role/other' } },
      })),
  },
  {
    what: 'the invoke role expects another external ID',
    link: 'assume role',
    breakIt: ({ api }) =>
      changeTrust(api, INVOKE, (one) => ({
        ...one,
        Condition: { StringEquals: { 'sts:ExternalId': 'other' } },
      })),
  },
  { what: 'the caller sends another external ID', link: 'assume role', options: { 'external-id': 'other' } },
  {
    what: 'the caller may not assume a role',
    link: 'assume role',
    breakIt: ({ caller }) => changePolicy(caller, CALLER, (one) => ({ ...one, Action: 'sts:TagSession' })),
  },
  {
    what: "the caller's role does not trust Lambda",
    link: 'function role',
    breakIt: ({ caller }) =>
      changeTrust(caller, CALLER, (one) => ({ ...one, Principal: { Service: 'ec2.amazonaws.com' } })),
  },
  {
    what: 'the invoke role has no policy',
    link: 'invoke route',
    breakIt: ({ api }) => removePolicy(api, INVOKE),
  },
  {
    what: 'the invoke role may call another method',
    link: 'invoke route',
    breakIt: ({ api }) =>
      changePolicy(api, INVOKE, (one) => ({
        ...one,
        Resource: String(one.Resource).replace('/GET/', '/POST/'),
      })),
  },
  {
    what: 'the invoke role may call another API',
    link: 'invoke route',
    breakIt: ({ api }) =>
      changePolicy(api, INVOKE, (one) => ({
        ...one,
        Resource: String(one.Resource).replace(/[^:]+$/, 'other/*'),
      })),
  },
  {
    what: 'a statement denies the route',
    link: 'invoke route',
    breakIt: ({ api }) => changePolicy(api, INVOKE, (one) => [one, { ...one, Effect: 'Deny' }]),
  },
  {
    what: 'a boundary ends before the API',
    link: 'invoke route',
    breakIt: ({ api }) => limitToLogs(api, INVOKE),
  },
  {
    what: 'API Gateway may not invoke the function',
    link: 'invoke function',
    breakIt: ({ lambda, functionName }) => changePermissions(lambda, functionName),
  },
  {
    what: 'only another API may invoke the function',
    link: 'invoke function',
    breakIt: ({ lambda, functionName }) => changePermissions(lambda, functionName, 'other/*'),
  },
  { what: 'the stage lets no request through', link: 'throttling', breakIt: limitTo0 },
  {
    what: 'the request is signed for another region',
    link: 'signature',
    options: { 'signed-for': 'us-east-1/execute-api' },
  },
  { what: 'the API has no such route', link: 'deployment', options: { route: 'GET /greeting/Ada' } },
];

/** Lets no request through. */
async function limitTo0({ restApis, httpApis, apiUrl, isHttp }: DeployedApp): Promise<Undo> {
  if (isHttp) return limitHttpApiTo0(httpApis, apiUrl);
  const { hostname, pathname } = new URL(apiUrl);
  const [restApiId] = hostname.split('.');
  const stageName = pathname.split('/')[1];
  const limit = (rate: number) => {
    const patchOperations = [
      { op: 'replace' as const, path: '/*/*/throttling/rateLimit', value: String(rate) },
    ];
    return restApis.send(new UpdateStageCommand({ restApiId, stageName, patchOperations }));
  };
  await limit(0);
  return () => limit(10_000);
}
