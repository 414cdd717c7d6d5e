import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import { type Caller, type Operation, operationsOf } from '../../../protocols/operation.ts';
import { type TableStore, tableArn } from '../store.ts';

/** Declares an operation of DynamoDB. */
export const operation = operationsOf('dynamodb', 'ValidationException');

/** Input members that dynalite checks and reads itself. */
export const forwarded = (members: readonly string[]) =>
  Object.fromEntries(members.map((member) => [member, v.optional(v.unknown())]));

/** Declares an operation on one table that dynalite carries out, with the input members that it reads besides `TableName`. */
export function tableOperation(store: TableStore, name: string, members: readonly string[]): Operation {
  return operation(name, {
    input: v.object({ ...forwarded(members), TableName: v.string() }),
    requires: ({ TableName }, caller) => tableResource(TableName, caller),
    handle: (input, call) => store.forward(call, name, input),
  });
}

/** The ARN of a table that a caller names. */
export function tableResource(table: string, caller: Caller): string {
  if (!table.startsWith('arn:')) return tableArn(caller, table);
  throw new AwsError(
    'ValidationException',
    `TableName ${table}: local AWS takes a table's name, not its ARN: tables of other accounts cannot be reached.`,
  );
}
