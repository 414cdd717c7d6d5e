/** Something that AWS has and local AWS does not. */
export interface AbsentFeature {
  /** What it is, in the plural, behind "local AWS has no". */
  readonly feature: string;
  /** The nearest alternative: a sentence without its full stop. */
  readonly instead: string;
}

/** By the beginning of the resource type. The longest beginning counts. */
const features: ReadonlyMap<string, AbsentFeature> = new Map(
  (
    [
      [
        ['AWS::SQS::', 'AWS::Kinesis::', 'AWS::Lambda::EventSourceMapping', 'AWS::Lambda::EventInvokeConfig'],
        'queues, streams and event sources',
        'Invoke the function with the event that it would get (sls invoke --data)',
      ],
      [['AWS::Lambda::LayerVersion'], 'layers', "Bundle the layer's code with the function"],
      [
        ['AWS::Lambda::Url'],
        'function URLs',
        'Put the function behind a method of an API, with AWS_IAM or NONE as its authorization',
      ],
      [['AWS::Lambda::Alias'], 'aliases', 'Name the function itself where the template names the alias'],
      [
        ['AWS::ApiGateway::ApiKey', 'AWS::ApiGateway::UsagePlan', 'AWS::ApiGateway::UsagePlanKey'],
        'API keys and usage plans',
        'Leave them out of the local stage. MethodSettings of the stage limit the rate of requests',
      ],
      [
        ['AWS::ApiGateway::Authorizer', 'AWS::ApiGatewayV2::Authorizer', 'AWS::Cognito::'],
        'authorizers and user pools',
        'Use AWS_IAM as the authorization, or check the token in the function',
      ],
      [['AWS::ApiGatewayV2::Deployment'], 'deployments of HTTP APIs', 'Set AutoDeploy of the stage to true'],
      [
        ['AWS::ApiGatewayV2::'],
        'VPC links, routing rules and WebSocket APIs',
        'Use an HTTP API with functions behind its routes (in Serverless, the event httpApi)',
      ],
      [
        ['AWS::CloudFormation::Stack'],
        'nested stacks',
        'Deploy each template as a separate stack, and pass values by exports',
      ],
      [
        ['Custom::', 'AWS::CloudFormation::CustomResource', 'AWS::CloudFormation::Macro'],
        'custom resources and macros',
        'Do what they do before the deployment, and pass the result as a parameter',
      ],
      [
        ['AWS::EC2::', 'AWS::RDS::', 'AWS::ElastiCache::', 'AWS::EFS::'],
        'networks, servers and databases of a network',
        'Leave them out of the local stage. VpcConfig of a function may name any ID',
      ],
      [
        ['AWS::CloudFront::', 'AWS::WAF', 'AWS::CertificateManager::'],
        'distributions, firewalls and certificates',
        'Leave them out of the local stage, and call the API itself or its custom domain',
      ],
      [
        ['AWS::StepFunctions::', 'AWS::Scheduler::', 'AWS::Events::'],
        'state machines and event buses',
        'Invoke the functions themselves',
      ],
      [
        ['AWS::SecretsManager::'],
        'secrets',
        'Use a parameter of Systems Manager: its type SecureString with PutParameter',
      ],
    ] as const
  ).flatMap(([types, feature, instead]) => {
    const absent = { feature, instead };
    return types.map((type) => [type, absent] as const);
  }),
);

const anyOther: AbsentFeature = {
  feature: 'resources of these types',
  instead: 'Leave them out of the local stage, for example by a condition of the template',
};

/**
 * What a resource type that local AWS does not have is for, and what to use instead.
 * @example absentFeature('AWS::Lambda::LayerVersionPermission').feature // 'layers'
 */
export function absentFeature(type: string): AbsentFeature {
  const beginnings = [...features.keys()].filter((beginning) => type.startsWith(beginning));
  const [longest] = beginnings.sort((a, b) => b.length - a.length);
  return (longest === undefined ? undefined : features.get(longest)) ?? anyOther;
}
