import type { PackageCheck } from '../commands/preflight.ts';
import { arnOf, type FunctionStep, type TemplateStep } from '../deployment.ts';
import { refuse } from '../mistake.ts';
import { propertiesOf } from '../properties.ts';
import { addStatements, lossesOf, ownRoleOf, providerStatements } from './function-statements.ts';

/**
 * Lets every function that uses a table decrypt with the KMS key of the setting `tableKeyId`. It needs nothing else of the key: DynamoDB
 * lets KMS decrypt the table's own key on behalf of the function, and encrypts with that key.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html#dynamodb-kms
 */
export const allowTableKey: FunctionStep = (functions, { tableKeyId }, _custom, provider = {}) => {
  if (tableKeyId === undefined) return;
  const inherited = providerStatements(provider);
  for (const [name, definition] of Object.entries(functions)) {
    if (ownRoleOf(name, definition, provider) !== undefined) continue;
    const { iamRoleStatements, iamRoleStatementsInherit } = definition;
    const inherits = iamRoleStatementsInherit ?? iamRoleStatements === undefined;
    const actions = [...(iamRoleStatements ?? []), ...(inherits ? inherited : [])].flatMap(
      (statement) => propertiesOf(statement).Action,
    );
    if (!actions.some((action) => String(action).startsWith('dynamodb:'))) continue;
    addStatements(definition, [
      {
        Sid: 'DecryptTables',
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: arnOf('kms', `key/${tableKeyId}`),
        // KMS sets the value: the service's host, whose domain differs between partitions.
        Condition: { StringLike: { 'kms:ViaService': { 'Fn::Sub': `dynamodb.\${AWS::Region}.*` } } },
      },
    ]);
  }
};

/** With the setting `tableKeyId`, no function loses managed policies of `provider` to the role that it gets for the key. */
export const checkKeyRoles: PackageCheck = ({ service }, { settings }) =>
  refuse(lossesOf(allowTableKey, service, settings, 'with the setting tableKeyId'));

/** Encrypts every table with the KMS key of the setting `tableKeyId`, unless serverless.yml has its `SSESpecification`. */
export const encryptTables: TemplateStep = ({ Resources }, { settings: { tableKeyId } }) => {
  if (tableKeyId === undefined) return;
  for (const { Type, Properties } of Object.values(Resources)) {
    if (Type !== 'AWS::DynamoDB::Table') continue;
    Properties.SSESpecification ??= {
      SSEEnabled: true,
      SSEType: 'KMS',
      KMSMasterKeyId: arnOf('kms', `key/${tableKeyId}`),
    };
  }
};
