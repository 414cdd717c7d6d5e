import { routesOf } from './access-mode.js';

/**
 * A plugin that makes the API private, if the stage has the setting `privateApi`: it can be called through the VPC endpoints of
 * that setting only. It stands after access-mode.js, whose statements it adds to, and before own-stage.js.
 */
export default class PrivateApi {
  /** @param {import('./access-mode.js').Serverless} serverless */
  constructor({ service, classes }) {
    this.hooks = {
      // Now the resources of serverless.yml are in the template, and it is not written yet.
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const { privateApi, rolePath } = service.custom.settings;
        const { Resources } = service.provider.compiledCloudFormationTemplate;
        const { ApiGatewayRestApi: api, ...others } = Resources;
        if (privateApi === undefined || api === undefined) return;
        const { vpcEndpointIds } = privateApi;
        const roles = Object.entries(others).filter(([id]) => id.startsWith('InvokeRole'));
        const { Statement = [] } = /** @type {{ Statement?: object[] }} */ (api.Properties.Policy || {});
        api.Properties.EndpointConfiguration = { Types: ['PRIVATE'], VpcEndpointIds: vpcEndpointIds };
        api.Properties.Policy = {
          Version: '2012-10-17',
          Statement: [
            ...Statement,
            ...roles.map(([id, { Properties }]) => roleStatement(id, Properties, rolePath, classes)),
            {
              Sid: 'OnlyThroughVpcEndpoints',
              Effect: 'Deny',
              Principal: '*',
              Action: 'execute-api:Invoke',
              Resource: 'execute-api:/*',
              Condition: { StringNotEquals: { 'aws:SourceVpce': vpcEndpointIds } },
            },
          ],
        };
      },
    };
  }
}

/**
 * What the policy of an invoke role allows, once more: AWS demands a policy of every private API, and does not document
 * whether one that only denies is enough. The role's ARN is a text, as the role refers to the API.
 * @param {string} id
 * @param {Record<string, unknown>} role its properties
 * @param {string} rolePath
 * @param {import('./access-mode.js').Serverless['classes']} classes
 */
function roleStatement(id, role, rolePath, classes) {
  return {
    Sid: id,
    Effect: 'Allow',
    Principal: { AWS: { 'Fn::Sub': `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:root` } },
    Action: 'execute-api:Invoke',
    Resource: routesOf(id, role, classes),
    Condition: {
      ArnEquals: {
        'aws:PrincipalArn': {
          'Fn::Sub': `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role${rolePath}${role.RoleName}`,
        },
      },
    },
  };
}
