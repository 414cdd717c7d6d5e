/**
 * A plugin that encrypts the idempotency table with the KMS key of the setting `tableKeyId`. Whoever uses the table must be allowed
 * to decrypt with that key, and needs nothing else of it: DynamoDB lets KMS decrypt the table's own key, on behalf of whoever asks,
 * and encrypts with that one
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html#dynamodb-kms).
 * It stands before own-stage.js, which has to see the finished template.
 */
export default class TableKey {
  /** @param {Serverless} serverless */
  constructor({ service }) {
    const { tableKeyId, idempotency } = service.custom.settings;
    if (tableKeyId === undefined || !idempotency) return;
    const keyArn = {
      'Fn::Sub': `arn:\${AWS::Partition}:kms:\${AWS::Region}:\${AWS::AccountId}:key/${tableKeyId}`,
    };
    this.hooks = {
      initialize: () => {
        service.functions.messages.iamRoleStatements.push({
          Sid: 'DecryptAnswers',
          Effect: 'Allow',
          Action: 'kms:Decrypt',
          Resource: keyArn,
          // KMS sets the value: the service's host, whose domain differs between partitions.
          Condition: { StringLike: { 'kms:ViaService': { 'Fn::Sub': `dynamodb.\${AWS::Region}.*` } } },
        });
      },
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const { IdempotencyTable: table } = service.provider.compiledCloudFormationTemplate.Resources;
        if (table === undefined) return;
        table.Properties.SSESpecification = { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: keyArn };
      },
    };
  }
}

/**
 * @typedef {{
 *   service: {
 *     custom: { settings: import('../preflight.js').StageSettings },
 *     functions: { messages: { iamRoleStatements: object[] } },
 *     provider: {
 *       compiledCloudFormationTemplate: {
 *         Resources: Record<string, { Type: string, Properties: Record<string, unknown> }>,
 *       },
 *     },
 *   },
 * }} Serverless what this plugin uses of the framework
 */
