/** What a step may change of a resource that its owner wrote. */
export interface Touch {
  readonly step: string;
  /** The types of the resources. Absent: all. */
  readonly types?: readonly string[];
  /** The attribute or property, with all below it. */
  readonly path: string;
  /**
   * `completes`: only where the owner wrote nothing. `adds`: beside what the owner wrote. `replaces`: also what the owner wrote. `follows`: the
   * name of a resource of the framework, where a step gives it another one.
   */
  readonly how: 'completes' | 'adds' | 'replaces' | 'follows';
}

const [ROLE, API, TABLE, LOG_GROUP] = [
  'AWS::IAM::Role',
  'AWS::ApiGateway::RestApi',
  'AWS::DynamoDB::Table',
  'AWS::Logs::LogGroup',
];

/** Everything that the steps may change of an owner's resources. What is not here stays as it was written. */
export const TOUCHES: readonly Touch[] = [
  { step: 'fitRoleNames', types: [ROLE], path: 'Properties.RoleName', how: 'replaces' },
  { step: 'guardRoles', types: [ROLE], path: 'Properties.Path', how: 'replaces' },
  { step: 'guardRoles', types: [ROLE], path: 'Properties.PermissionsBoundary', how: 'replaces' },
  { step: 'applyAccessMode', types: [API], path: 'Properties.Policy', how: 'adds' },
  { step: 'makePrivate', types: [API], path: 'Properties.Policy', how: 'adds' },
  { step: 'makePrivate', types: [API], path: 'Properties.EndpointConfiguration', how: 'replaces' },
  { step: 'setSecurityPolicy', types: [API], path: 'Properties.SecurityPolicy', how: 'replaces' },
  { step: 'setSecurityPolicy', types: [API], path: 'Properties.EndpointAccessMode', how: 'replaces' },
  { step: 'encryptTables', types: [TABLE], path: 'Properties.SSESpecification', how: 'completes' },
  { step: 'retainLogs', types: [LOG_GROUP], path: 'Properties.RetentionInDays', how: 'completes' },
  { step: 'encryptLogs', types: [LOG_GROUP], path: 'Properties.KmsKeyId', how: 'completes' },
  { step: 'keepData', types: [TABLE], path: 'UpdateReplacePolicy', how: 'completes' },
  {
    step: 'keepData',
    types: [TABLE, LOG_GROUP, 'AWS::KMS::Key', 'AWS::KMS::ReplicaKey', 'AWS::KMS::Alias'],
    path: 'DeletionPolicy',
    how: 'completes',
  },
  { step: 'followRoles', types: ['AWS::Lambda::EventSourceMapping'], path: 'DependsOn', how: 'follows' },
  { step: 'deployTwice', path: 'DependsOn', how: 'follows' },
  { step: 'keepPreviousRole', path: 'DependsOn', how: 'follows' },
  { step: 'keepPreviousRole', path: 'Properties', how: 'follows' },
  { step: 'keepPreviousRole', path: 'Metadata', how: 'follows' },
];
