/**
 * What serverless.yml reads: `${file(./custom-domain.js):resources}`, the API's own host name, if the stage has the setting
 * `customDomain`. For IAM, the API stays the same: its ARN has neither the host nor the base path.
 * @param {import('./api-url.js').Framework} framework
 */
export async function resources({ resolveVariable }) {
  const { customDomain } = await resolveVariable('self:custom.settings');
  if (customDomain === undefined) return {};
  const { name, certificateArn, basePath, hostedZoneId } = customDomain;
  const target = { 'Fn::GetAtt': ['CustomDomain', 'RegionalDomainName'] };
  return {
    Resources: {
      CustomDomain: {
        Type: 'AWS::ApiGateway::DomainName',
        Properties: {
          DomainName: name,
          RegionalCertificateArn: certificateArn,
          EndpointConfiguration: { Types: ['REGIONAL'] },
          SecurityPolicy: 'TLS_1_2',
        },
      },
      CustomDomainMapping: {
        Type: 'AWS::ApiGateway::BasePathMapping',
        Properties: {
          DomainName: { Ref: 'CustomDomain' },
          ...(basePath && { BasePath: basePath }),
          RestApiId: { Ref: 'ApiGatewayRestApi' },
          Stage: { Ref: 'ApiGatewayStage' },
        },
      },
      ...(hostedZoneId && {
        CustomDomainRecord: {
          Type: 'AWS::Route53::RecordSet',
          Properties: {
            HostedZoneId: hostedZoneId,
            Name: name,
            Type: 'A',
            AliasTarget: {
              DNSName: target,
              HostedZoneId: { 'Fn::GetAtt': ['CustomDomain', 'RegionalHostedZoneId'] },
            },
          },
        },
      }),
    },
    Outputs: {
      CustomDomainTarget: { Description: `Where the DNS record of ${name} must lead`, Value: target },
    },
  };
}
