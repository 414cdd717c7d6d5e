import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import { permissionsOn, type ResourceType } from '../../resource-type.ts';
import type { FunctionControl } from '../functions/function-control.ts';
import { functionArn, parseFunctionName } from '../functions/function-name.ts';
import { provisionedConcurrency } from '../functions/settings.ts';

const properties = v.strictObject({
  FunctionName: v.string(),
  CodeSha256: v.optional(v.string()),
  Description: v.optional(v.pipe(v.string(), v.maxLength(256))),
  ProvisionedConcurrencyConfig: provisionedConcurrency,
});

/** `AWS::Lambda::Version`: its `Ref` is the version's ARN. */
export function versionType(control: FunctionControl): ResourceType<typeof properties> {
  return {
    typeName: 'AWS::Lambda::Version',
    properties,
    replacedBy: ['FunctionName', 'CodeSha256', 'Description', 'ProvisionedConcurrencyConfig'],
    requires: ({ handler, current, properties, ...scope }) =>
      permissionsOn(
        functionArn(parseFunctionName(current?.physicalId ?? properties.FunctionName, scope)),
        'lambda:GetFunctionConfiguration',
        handler === 'create' && 'lambda:PublishVersion',
        handler === 'create' &&
          properties.ProvisionedConcurrencyConfig &&
          'lambda:PutProvisionedConcurrencyConfig',
        handler === 'delete' && 'lambda:DeleteFunction',
      ),
    async create(input, context) {
      const published = control.store.get(parseFunctionName(input.FunctionName, context));
      const { version, isNew } = control.publish(published, input);
      // The stack must not own, and later delete, a version that another resource or a person has published.
      if (!isNew) {
        throw new AwsError(
          'AlreadyExists',
          `A version for this Lambda function exists ( ${version.version} ). Modify the function to create a new version.`,
          409,
        );
      }
      const arn = functionArn({ ...version, qualifier: version.version });
      return { physicalId: arn, attributes: { Version: version.version, FunctionArn: arn } };
    },
    update: async (current) => current,
    async delete(current, _input, context) {
      const reference = parseFunctionName(current.physicalId, context);
      if (control.store.find(reference) !== undefined) await control.delete(reference);
    },
  };
}
