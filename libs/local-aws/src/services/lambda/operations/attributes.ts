import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { functionArn } from '../functions/function-name.ts';
import { permissionEntries, permissionStatement } from '../functions/function-policy.ts';
import type { FunctionStore } from '../store.ts';
import { functionEntries, functionQuestion, operation, referenceOf } from './operation.ts';

const FUNCTION = '/2015-03-31/functions/{FunctionName}';
const name = { FunctionName: functionEntries.FunctionName } as const;
const tagEntries = { Resource: v.pipe(v.string(), v.maxLength(256)) } as const;

/** What belongs to a function beside code and configuration: resource policy, concurrency, tags, code signing. */
export function attributeRoutes(store: FunctionStore): readonly Operation[] {
  return [...policyRoutes(store), ...concurrencyRoutes(store), ...tagRoutes(store)];
}

function policyRoutes(store: FunctionStore): readonly Operation[] {
  return [
    operation('AddPermission', {
      http: `POST ${FUNCTION}/policy`,
      status: 201,
      input: v.object({
        ...functionEntries,
        ...permissionEntries,
        StatementId: v.pipe(v.string(), v.regex(/^[a-zA-Z0-9-_]{1,100}$/)),
      }),
      requires: (input, caller) => [
        functionQuestion(store, 'AddPermission', referenceOf(input, caller), {
          'lambda:Principal': input.Principal,
        }),
      ],
      handle(input, call) {
        const reference = referenceOf(input, call);
        store.version(reference);
        const statement = permissionStatement(input.StatementId, input, functionArn(reference));
        store.addStatement(reference, statement);
        return { Statement: JSON.stringify(statement) };
      },
    }),
    operation('GetPolicy', {
      http: `GET ${FUNCTION}/policy`,
      input: v.object(functionEntries),
      requires: (input, caller) => [functionQuestion(store, 'GetPolicy', referenceOf(input, caller))],
      handle(input, call) {
        const reference = referenceOf(input, call);
        const { latest } = store.get(reference);
        const policy = store.shownPolicy(reference);
        if (policy === undefined) throw noPolicy();
        return { Policy: JSON.stringify(policy.document), RevisionId: latest.revisionId };
      },
    }),
    operation('RemovePermission', {
      http: `DELETE ${FUNCTION}/policy/{StatementId}`,
      status: 204,
      input: v.object({ ...functionEntries, StatementId: v.string() }),
      requires: (input, caller) => [functionQuestion(store, 'RemovePermission', referenceOf(input, caller))],
      handle(input, call) {
        const reference = referenceOf(input, call);
        const { policies } = store.get(reference);
        const statements = policies.get(reference.qualifier ?? '') ?? [];
        const rest = statements.filter(({ Sid }) => Sid !== input.StatementId);
        if (rest.length === statements.length) {
          throw new AwsError(
            'ResourceNotFoundException',
            `Statement ${input.StatementId} is not found in resource policy.`,
            404,
          );
        }
        policies.set(reference.qualifier ?? '', rest);
      },
    }),
  ];
}

function concurrencyRoutes(store: FunctionStore): readonly Operation[] {
  return [
    operation('GetFunctionConcurrency', {
      http: 'GET /2019-09-30/functions/{FunctionName}/concurrency',
      input: v.object(name),
      requires: (input, caller) => [
        functionQuestion(store, 'GetFunctionConcurrency', referenceOf(input, caller)),
      ],
      handle(input, call) {
        const { reservedConcurrency } = store.get(referenceOf(input, call));
        return reservedConcurrency === undefined ? {} : { ReservedConcurrentExecutions: reservedConcurrency };
      },
    }),
    operation('PutFunctionConcurrency', {
      http: 'PUT /2017-10-31/functions/{FunctionName}/concurrency',
      input: v.object({
        ...name,
        ReservedConcurrentExecutions: v.pipe(v.number(), v.integer(), v.minValue(0)),
      }),
      requires: (input, caller) => [
        functionQuestion(store, 'PutFunctionConcurrency', referenceOf(input, caller)),
      ],
      handle(input, call) {
        store.get(referenceOf(input, call)).reservedConcurrency = input.ReservedConcurrentExecutions;
        return { ReservedConcurrentExecutions: input.ReservedConcurrentExecutions };
      },
    }),
    operation('DeleteFunctionConcurrency', {
      http: 'DELETE /2017-10-31/functions/{FunctionName}/concurrency',
      status: 204,
      input: v.object(name),
      requires: (input, caller) => [
        functionQuestion(store, 'DeleteFunctionConcurrency', referenceOf(input, caller)),
      ],
      handle(input, call) {
        delete store.get(referenceOf(input, call)).reservedConcurrency;
      },
    }),
    operation('GetFunctionCodeSigningConfig', {
      http: 'GET /2020-06-30/functions/{FunctionName}/code-signing-config',
      input: v.object(name),
      requires: (input, caller) => [
        functionQuestion(store, 'GetFunctionCodeSigningConfig', referenceOf(input, caller)),
      ],
      handle: (input, call) => ({ FunctionName: store.get(referenceOf(input, call)).name }),
    }),
  ];
}

function tagRoutes(store: FunctionStore): readonly Operation[] {
  const tagged = (arn: string) => ({ FunctionName: arn });
  return [
    operation('ListTags', {
      http: 'GET /2017-03-31/tags/{Resource}',
      input: v.object(tagEntries),
      requires: ({ Resource }, caller) => [
        functionQuestion(store, 'ListTags', referenceOf(tagged(Resource), caller)),
      ],
      handle: ({ Resource }, call) => ({
        Tags: Object.fromEntries(store.get(referenceOf(tagged(Resource), call)).tags),
      }),
    }),
    operation('TagResource', {
      http: 'POST /2017-03-31/tags/{Resource}',
      status: 204,
      input: v.object({
        ...tagEntries,
        Tags: v.record(
          v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
          v.pipe(v.string(), v.maxLength(256)),
        ),
      }),
      requires: ({ Resource }, caller) => [
        functionQuestion(store, 'TagResource', referenceOf(tagged(Resource), caller)),
      ],
      handle({ Resource, Tags }, call) {
        const { tags } = store.get(referenceOf(tagged(Resource), call));
        for (const [key, value] of Object.entries(Tags)) tags.set(key, value);
      },
    }),
    operation('UntagResource', {
      http: 'DELETE /2017-03-31/tags/{Resource}',
      status: 204,
      input: v.object({ ...tagEntries, tagKeys: v.union([v.string(), v.array(v.string())]) }),
      requires: ({ Resource }, caller) => [
        functionQuestion(store, 'UntagResource', referenceOf(tagged(Resource), caller)),
      ],
      handle({ Resource, tagKeys }, call) {
        const { tags } = store.get(referenceOf(tagged(Resource), call));
        for (const key of [tagKeys].flat()) tags.delete(key);
      },
    }),
  ];
}

function noPolicy(): AwsError {
  return new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', 404);
}
