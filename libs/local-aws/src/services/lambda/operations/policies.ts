import * as v from 'valibot';
import type { ServiceOperation } from '../../../protocols/operation.ts';
import { atMost, pattern } from '../../../protocols/shapes.ts';
import { notFound, staleRevision } from '../functions/errors.ts';
import { type FunctionReference, functionArn, parseFunctionArn } from '../functions/function-name.ts';
import { permissionEntries, permissionKeys } from '../functions/function-policy.ts';
import type { FunctionStore } from '../store.ts';
import { FUNCTION, functionOperationsOf, qualifier } from './operation.ts';

/** The operations on the resource policies of functions. */
export function policyOperations(store: FunctionStore): readonly ServiceOperation[] {
  const functionOperation = functionOperationsOf(store);
  const checkRevision = (
    reference: FunctionReference,
    { RevisionId }: { RevisionId?: string | undefined },
    readIn: string,
  ) => {
    if (RevisionId === undefined || RevisionId === store.revision(reference)) return;
    throw staleRevision(readIn);
  };
  return [
    functionOperation('AddPermission', {
      http: `POST ${FUNCTION}/policy`,
      status: 201,
      input: {
        ...qualifier,
        ...permissionEntries,
        RevisionId: v.optional(v.string()),
        StatementId: v.pipe(v.string(), atMost(100), pattern(/^[a-zA-Z0-9-_]+$/, '([a-zA-Z0-9-_]+)')),
      },
      requires: (permission, input) => ({
        ...permission,
        context: { ...permission.context, ...permissionKeys(input) },
      }),
      handle(reference, input) {
        store.checkQualifier(reference);
        checkRevision(reference, input, 'GetPolicy');
        return { Statement: JSON.stringify(store.addStatement(reference, input.StatementId, input)) };
      },
    }),
    functionOperation('GetPolicy', {
      http: `GET ${FUNCTION}/policy`,
      handle(reference) {
        const policy = store.policy(reference);
        if (policy === undefined) throw notFound('The resource you requested does not exist.');
        return { Policy: JSON.stringify(policy.document), RevisionId: store.revision(reference) };
      },
    }),
    functionOperation('RemovePermission', {
      http: `DELETE ${FUNCTION}/policy/{StatementId}`,
      status: 204,
      input: { ...qualifier, StatementId: v.string(), RevisionId: v.optional(v.string()) },
      requires: (permission, { StatementId }) => {
        const keys = store.keysOfStatement(parseFunctionArn(permission.resource), StatementId);
        return { ...permission, context: { ...permission.context, ...keys } };
      },
      handle(reference, input) {
        const { StatementId } = input;
        if (store.find(reference) === undefined) {
          throw notFound(`No policy found for: ${functionArn(reference)}`);
        }
        store.checkQualifier(reference);
        checkRevision(reference, input, 'GetFunction/GetAlias');
        if (store.removeStatement(reference, StatementId)) return;
        if (store.policy(reference) === undefined) {
          throw notFound('No policy is associated with the given resource.');
        }
        throw notFound(`Statement ${StatementId} is not found in resource policy.`);
      },
    }),
  ];
}
