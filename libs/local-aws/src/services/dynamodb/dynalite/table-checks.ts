import { AwsError } from '../../../core/errors.ts';
import type { KeySchema, Table } from './dynalite.ts';

/** Makes the error for an input that DynamoDB refuses. */
export function validationException(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

/** The input of CreateTable. */
export type NewTable = Pick<Table, 'AttributeDefinitions' | 'KeySchema'> &
  Partial<Pick<Table, 'GlobalSecondaryIndexes' | 'LocalSecondaryIndexes'>> & {
    readonly BillingMode?: string;
  };

/** https://github.com/aws-cloudformation/cfn-lint/issues/1037 @throws AwsError */
export function checkNewTable(table: NewTable): void {
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [] } = table;
  const schemas = [{ KeySchema }, ...GlobalSecondaryIndexes, ...LocalSecondaryIndexes];
  const used = new Set(schemas.flatMap((one) => namesOf(one.KeySchema)));
  const defined = AttributeDefinitions.map(({ AttributeName }) => AttributeName);
  if (defined.some((name) => !used.has(name))) {
    throw validationException(
      `One or more parameter values were invalid: Some AttributeDefinitions are not used. AttributeDefinitions: ${list(defined)}, keys used: ${list(used)}`,
    );
  }
  const bare = GlobalSecondaryIndexes.find(
    ({ ProvisionedThroughput }) => ProvisionedThroughput === undefined,
  );
  if (bare !== undefined && table.BillingMode !== 'PAY_PER_REQUEST') {
    throw validationException(
      `One or more parameter values were invalid: ProvisionedThroughput must be specified for index: ${bare.IndexName}`,
    );
  }
}

/** The names of a key's attributes. */
export function namesOf(schema: KeySchema): string[] {
  return schema.map(({ AttributeName }) => AttributeName);
}

/** A list in AWS's messages. */
export function list(items: Iterable<string>): string {
  return `[${[...items].join(', ')}]`;
}
