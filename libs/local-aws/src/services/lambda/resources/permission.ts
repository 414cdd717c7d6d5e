import * as v from 'valibot';
import { deploymentPermissions } from '../../deployment-permissions.ts';
import type { ResourceType } from '../../resource-type.ts';
import { accessDenied } from '../functions/errors.ts';
import { functionArn, parseFunctionName } from '../functions/function-name.ts';
import { permissionEntries, permissionKeys, permissionOf } from '../functions/function-policy.ts';
import type { FunctionStore } from '../store.ts';

const properties = v.strictObject({ ...permissionEntries, FunctionName: v.string() });

/** `AWS::Lambda::Permission`: a statement of the function's resource policy; its physical ID is the statement's. */
export function permissionType(store: FunctionStore): ResourceType<typeof properties> {
  return {
    typeName: 'AWS::Lambda::Permission',
    properties,
    replacedBy: [...Object.keys(permissionEntries), 'FunctionName'],
    requires(change) {
      const resource = functionArn(parseFunctionName(change.properties.FunctionName, change));
      const context = permissionKeys(change.properties);
      return deploymentPermissions('AWS::Lambda::Permission', change, (action) =>
        // Reading the policy is not about one statement.
        action === 'lambda:GetPolicy' ? resource : { resource, context },
      );
    },
    async create(input, context) {
      const reference = parseFunctionName(input.FunctionName, context);
      if (reference.accountId !== context.accountId) {
        throw accessDenied(
          `The function ${input.FunctionName} belongs to another account than the stack: add the permission in a stack of account ${reference.accountId}.`,
        );
      }
      const sid = context.generateName({ maxLength: 100 });
      store.addStatement(reference, sid, input);
      return { physicalId: sid, attributes: { Id: sid } };
    },
    read({ physicalId: sid }, input, context) {
      const statement = store.statement(parseFunctionName(input.FunctionName, context), sid);
      return statement && permissionOf(statement);
    },
    update: async (current) => current,
    async delete(current, input, context) {
      store.removeStatement(parseFunctionName(input.FunctionName, context), current.physicalId);
    },
  };
}
