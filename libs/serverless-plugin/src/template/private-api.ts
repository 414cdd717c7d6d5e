import { isDeepStrictEqual } from 'node:util';
import type { PackageCheck } from '../commands/preflight.ts';
import { type DeploymentFacts, type FunctionStep, iamArnOf, type TemplateStep } from '../deployment.ts';
import type { Template } from '../framework.ts';
import { refuse } from '../mistake.ts';
import { addToApiPolicy } from './api-policy.ts';
import { addStatements, lossesOf, ownRoleOf } from './function-statements.ts';
import { rolesOfFunctions } from './generated-roles.ts';
import { type InvokeRole, invokeRolesOf } from './invoke-roles.ts';
import { referencesIn } from './references.ts';

/** Makes the API private (setting `privateApi`): it answers through these VPC endpoints only, and its URL names the first. */
export const makePrivate: TemplateStep = (template, { settings }) => {
  const { privateApi, rolePath } = settings;
  const { ApiGatewayRestApi: api } = template.Resources;
  if (privateApi === undefined || api === undefined) return;
  const { vpcEndpointIds } = privateApi;
  const statements = [
    ...invokeRolesOf(template, settings).map((role) => roleStatement(role, rolePath)),
    {
      Sid: 'OnlyThroughVpcEndpoints',
      Effect: 'Deny',
      Principal: '*',
      Action: 'execute-api:Invoke',
      Resource: 'execute-api:/*',
      Condition: { StringNotEquals: { 'aws:SourceVpce': vpcEndpointIds } },
    },
  ];
  addToApiPolicy(api, statements, 'privateApi');
  api.Properties.EndpointConfiguration = { Types: ['PRIVATE'], VpcEndpointIds: vpcEndpointIds };
  if (template.Outputs?.ApiUrl === undefined) return;
  // This name points to the endpoint, with and without private DNS:
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-test-invoke-url.html
  template.Outputs.ApiUrl.Value = {
    'Fn::Sub': `https://\${ApiGatewayRestApi}-${vpcEndpointIds[0]}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}/\${ApiGatewayStage}`,
  };
};

/**
 * Repeats the policy of an invoke role: AWS demands a policy of every private API, and does not document
 * whether one that only denies is enough. The role's ARN is a text, because the role refers to the API.
 */
function roleStatement({ id, name, routes }: InvokeRole, rolePath: string) {
  return {
    Sid: id,
    Effect: 'Allow',
    Principal: { AWS: iamArnOf('root') },
    Action: 'execute-api:Invoke',
    Resource: routes,
    Condition: { ArnEquals: { 'aws:PrincipalArn': iamArnOf(`role${rolePath}${name}`) } },
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
const NETWORK_INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * Connects the functions to the VPC of the setting `privateApi`, unless serverless.yml connects them to another one. A generated role gets
 * what Lambda needs for it; a role of the owner's must have it.
 */
export const connectToVpc: FunctionStep = (functions, { privateApi }, _custom, provider = {}) => {
  if (privateApi === undefined) return;
  const { subnetIds, securityGroupIds } = privateApi;
  for (const [name, definition] of Object.entries(functions)) {
    if (definition.vpc === false || definition.vpc === null) continue;
    definition.vpc = { subnetIds, securityGroupIds, ...provider.vpc, ...definition.vpc };
    if (ownRoleOf(name, definition, provider) !== undefined) continue;
    const functionArn = `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${definition.name}`;
    addStatements(definition, [
      // For Lambda itself, which connects the function with the function's role.
      { Sid: 'ConnectToVpc', Effect: 'Allow', Action: NETWORK_INTERFACES, Resource: '*' },
      // Not for the function's code: only its requests have this key.
      {
        Sid: 'OnlyLambdaItself',
        Effect: 'Deny',
        Action: NETWORK_INTERFACES,
        Resource: '*',
        Condition: { ArnEquals: { 'lambda:SourceFunctionArn': { 'Fn::Sub': functionArn } } },
      },
    ]);
  }
};

/** With the setting `privateApi`, no function loses managed policies of `provider` to the role that it gets for the VPC. */
export const checkVpcRoles: PackageCheck = ({ service }, { settings }) =>
  refuse(lossesOf(connectToVpc, service, settings, 'with the setting privateApi'));

/**
 * Warns of functions that the setting `privateApi` connects to a VPC, with a role of the owner's in which nothing allows it. Lambda would refuse
 * them in the middle of the deployment. A role outside of the template is not seen, so its functions are named.
 */
export function warnOfVpcRoles(
  { Resources }: Template,
  { settings: { privateApi } }: Pick<DeploymentFacts, 'settings'>,
): string | undefined {
  if (privateApi === undefined) return undefined;
  const functions = Object.values(Resources).flatMap(({ Type, Properties }) => {
    if (Type !== 'AWS::Lambda::Function' || Properties.VpcConfig === undefined) return [];
    const roles = [...referencesIn(Properties.Role)].flatMap((id) => Resources[id]?.Properties ?? []);
    const allows = roles.some((role) =>
      /CreateNetworkInterface|ec2:\*|VPCAccessExecutionRole|"\*"/.test(JSON.stringify(role)),
    );
    return allows ? [] : [String(Properties.FunctionName)];
  });
  if (functions.length === 0) return undefined;
  return `The setting privateApi connects ${functions.join(', ')} to a VPC with a role of your own, in which nothing was found that allows it. Lambda refuses such a function unless its role may do: ${NETWORK_INTERFACES.join(', ')}. Add them if the role lacks them, or write vpc: false in the function: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions`;
}

/** As serverless-iam-roles-per-function writes it. */
const MANAGED_VPC_POLICY = {
  'Fn::Join': [
    '',
    ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole'],
  ],
};

/**
 * Removes AWSLambdaVPCAccessExecutionRole, which may write all logs of the account. serverless-iam-roles-per-function attaches it
 * to the role of a function in a VPC. {@link connectToVpc} allows what the function needs. Other policies of the role stay, and other
 * roles do.
 */
export const removeManagedVpcPolicy: TemplateStep = (template, { settings: { privateApi } }) => {
  if (privateApi === undefined) return;
  for (const { Properties } of rolesOfFunctions(template)) {
    const { ManagedPolicyArns: arns } = Properties;
    if (!Array.isArray(arns)) continue;
    Properties.ManagedPolicyArns = arns.filter((each) => !isDeepStrictEqual(each, MANAGED_VPC_POLICY));
  }
};
