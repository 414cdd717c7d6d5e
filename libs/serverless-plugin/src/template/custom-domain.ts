import type { TemplateStep } from '../deployment.ts';

/**
 * Gives the API the host name of the setting `customDomain`. For IAM, nothing changes: the API's ARN has neither the host nor the base
 * path.
 */
export const addCustomDomain: TemplateStep = (template, { settings: { customDomain } }) => {
  if (customDomain === undefined) return;
  const { name, certificateArn, basePath, hostedZoneId } = customDomain;
  const target = { 'Fn::GetAtt': ['CustomDomain', 'RegionalDomainName'] };
  Object.assign(template.Resources, {
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
  });
  const { Outputs = {} } = template;
  Outputs.CustomDomainTarget = { Description: `Where the DNS record of ${name} must lead`, Value: target };
  if (Outputs.ApiUrl !== undefined) Outputs.ApiUrl.Value = `https://${name}${basePath ? `/${basePath}` : ''}`;
};
