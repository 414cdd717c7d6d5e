import * as v from 'valibot';
import type { Scope } from '../../../core/scope.ts';
import { permissionsOn, type ResourceType } from '../../resource-type.ts';
import { aliasName } from '../functions/alias-control.ts';
import { type FunctionReference, functionArn, parseFunctionName } from '../functions/function-name.ts';
import { functionUrl, type UrlControl } from '../functions/url-control.ts';
import { functionUrlAuthType, urlEntries } from '../functions/url-settings.ts';
import type { FunctionUrl } from '../store.ts';

const properties = v.strictObject({
  ...urlEntries,
  AuthType: functionUrlAuthType,
  Qualifier: v.optional(aliasName),
  TargetFunctionArn: v.string(),
});

type Properties = v.InferOutput<typeof properties>;

/** `AWS::Lambda::Url`: its `Ref` is the ARN of the function, or of the alias. */
export function urlType(urls: UrlControl): ResourceType<typeof properties> {
  return {
    typeName: 'AWS::Lambda::Url',
    properties,
    replacedBy: ['TargetFunctionArn', 'Qualifier'],
    requires({ handler, properties, ...scope }) {
      const arn = functionArn(referenceOf(properties, scope));
      const context = { 'lambda:FunctionArn': arn, 'lambda:FunctionUrlAuthType': properties.AuthType };
      return permissionsOn(
        arn,
        handler === 'create' && 'lambda:CreateFunctionUrlConfig',
        handler === 'update' && 'lambda:UpdateFunctionUrlConfig',
        handler === 'delete' && 'lambda:DeleteFunctionUrlConfig',
      ).map((permission) => ({ ...permission, context }));
    },
    async create(input, context) {
      const reference = referenceOf(input, context);
      return stateOf(reference, urls.create(reference, inputOf(input)));
    },
    async update(_current, input, _previous, context) {
      const reference = referenceOf(input, context);
      return stateOf(reference, urls.update(reference, inputOf(input)));
    },
    async delete(_current, input, context) {
      urls.delete(referenceOf(input, context));
    },
  };
}

function referenceOf({ TargetFunctionArn, Qualifier }: Properties, scope: Scope): FunctionReference {
  return parseFunctionName(TargetFunctionArn, scope, Qualifier);
}

function inputOf({ AuthType, Cors }: Properties) {
  return { authType: AuthType, cors: Cors };
}

function stateOf(reference: FunctionReference, url: FunctionUrl) {
  const arn = functionArn(reference);
  return { physicalId: arn, attributes: { FunctionArn: arn, FunctionUrl: functionUrl(reference, url) } };
}
