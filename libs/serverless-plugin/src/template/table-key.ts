import { arnOf, type FunctionStep, type TemplateStep } from '../deployment.ts';

/**
 * Lets the function that uses the idempotency table decrypt with the KMS key of the setting `tableKeyId`. It needs nothing else of
 * the key: DynamoDB lets KMS decrypt the table's own key, on behalf of whoever asks, and encrypts with that one.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html#dynamodb-kms
 */
export const allowTableKey: FunctionStep = ({ messages }, { tableKeyId, idempotency }) => {
  if (tableKeyId === undefined || !idempotency || messages === undefined) return;
  messages.iamRoleStatements = [
    ...(messages.iamRoleStatements ?? []),
    {
      Sid: 'DecryptAnswers',
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: arnOf('kms', `key/${tableKeyId}`),
      // KMS sets the value: the service's host, whose domain differs between partitions.
      Condition: { StringLike: { 'kms:ViaService': { 'Fn::Sub': `dynamodb.\${AWS::Region}.*` } } },
    },
  ];
};

/** Encrypts the idempotency table with the KMS key of the setting `tableKeyId`. */
export const encryptTable: TemplateStep = ({ Resources }, { settings: { tableKeyId } }) => {
  const { IdempotencyTable: table } = Resources;
  if (tableKeyId === undefined || table === undefined) return;
  table.Properties.SSESpecification = {
    SSEEnabled: true,
    SSEType: 'KMS',
    KMSMasterKeyId: arnOf('kms', `key/${tableKeyId}`),
  };
};
