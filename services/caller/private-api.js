/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
const NETWORK_INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** A plugin that connects the caller to its VPC, if the stage has the setting `privateApi`. */
export default class PrivateApi {
  /** @param {Serverless} serverless */
  constructor({ service }) {
    const { privateApi } = service.custom.settings;
    if (privateApi === undefined) return;
    const { subnetIds, securityGroupIds } = privateApi;
    this.hooks = {
      initialize: () => {
        const { caller } = service.functions;
        caller.vpc = { subnetIds, securityGroupIds };
        const functionArn = `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${caller.name}`;
        caller.iamRoleStatements.push(
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
        );
      },
      // serverless-iam-roles-per-function attaches AWSLambdaVPCAccessExecutionRole, which may write all logs of the account.
      'before:package:finalize': () => {
        for (const { Type, Properties } of Object.values(
          service.provider.compiledCloudFormationTemplate.Resources,
        )) {
          if (Type === 'AWS::IAM::Role') delete Properties.ManagedPolicyArns;
        }
      },
    };
  }
}

/**
 * @typedef {{
 *   service: {
 *     custom: { settings: import('../preflight.js').StageSettings },
 *     functions: { caller: { name: string, vpc?: object, iamRoleStatements: object[] } },
 *     provider: {
 *       compiledCloudFormationTemplate: {
 *         Resources: Record<string, { Type: string, Properties: Record<string, unknown> }>,
 *       },
 *     },
 *   },
 * }} Serverless what this plugin uses of the framework
 */
