/**
 * What serverless.yml reads: `${file(./callers.js):resources}`, an invoke role for each further caller of the stage. It is
 * like `InvokeRole` of serverless.yml, but trusts that caller's role alone and may call that caller's routes alone.
 * @param {{
 *   resolveVariable(variable: 'self:custom.settings'): Promise<import('../preflight.js').StageSettings>,
 *   resolveVariable(variable: 'sls:stage'): Promise<string>,
 * }} framework
 */
export async function resources({ resolveVariable }) {
  const { callers } = await resolveVariable('self:custom.settings');
  const stage = await resolveVariable('sls:stage');
  return {
    Resources: Object.fromEntries(
      callers.map((caller) => [invokeRoleId(caller.name), invokeRole(caller, stage)]),
    ),
    Outputs: Object.fromEntries(
      callers.map(({ name }) => {
        const id = invokeRoleId(name);
        return [
          `${id}Arn`,
          { Description: `The role that ${name} assumes`, Value: { 'Fn::GetAtt': [id, 'Arn'] } },
        ];
      }),
    ),
  };
}

/**
 * The logical ID of a further caller's invoke role. The stack's output with its ARN is called `<ID>Arn`.
 * @param {string} caller
 * @example invokeRoleId('team-2') // 'InvokeRoleTeamDash2': logical IDs have letters and digits only
 */
export function invokeRoleId(caller) {
  return `InvokeRole${caller.charAt(0).toUpperCase()}${caller.slice(1).replaceAll('-', 'Dash')}`;
}

/**
 * @param {import('../preflight.js').StageSettings['callers'][number]} caller
 * @param {string} stage
 */
function invokeRole({ name, accountId, routes, invokeRoleName, trustedRoles, trustedIds }, stage) {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: invokeRoleName,
      Description: `Invokes the routes that ${name} may use`,
      MaxSessionDuration: 3600,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'Caller',
            Effect: 'Allow',
            Principal: { AWS: { 'Fn::Sub': `arn:\${AWS::Partition}:iam::${accountId}:root` } },
            Action: 'sts:AssumeRole',
            Condition: { ArnEquals: { 'aws:PrincipalArn': trustedRoles }, StringEquals: trustedIds },
          },
        ],
      },
      Policies: [
        {
          PolicyName: 'invoke-api',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Sid: 'InvokeRoutes',
                Effect: 'Allow',
                Action: 'execute-api:Invoke',
                Resource: routes.map((route) => ({ 'Fn::Sub': routeArn(route, stage) })),
              },
            ],
          },
        },
      ],
    },
  };
}

/**
 * A policy names a path with any value for its parameters.
 * @param {string} route
 * @param {string} stage
 */
function routeArn(route, stage) {
  const [method, path = ''] = route.replaceAll(/\{[^}]*\}/g, '*').split(' ');
  return `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${ApiGatewayRestApi}/${stage}/${method}${path}`;
}
