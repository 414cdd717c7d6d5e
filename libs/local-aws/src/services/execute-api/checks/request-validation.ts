import { header } from '../../../core/request.ts';
import type { RequestValidation, RequiredParameter } from '../../apigateway/deployed-api.ts';
import { essence } from '../integrations/media-types.ts';
import type { Invocation } from '../invocation.ts';
import { queryParameters } from '../query-parameters.ts';
import { invalidBody, missingParameters } from '../responses/gateway-error.ts';

/**
 * Checks parameters first, then the body against the model for its content type; without a model for it, the body passes.
 * An absent body is checked as `{}`, an absent content type is `application/json`.
 * @throws GatewayError 400
 */
export function validateRequest(validation: RequestValidation, invocation: Invocation, body: Buffer): void {
  const missing = validation.requiredParameters.filter((parameter) => !isPresent(parameter, invocation));
  if (missing.length > 0) throw missingParameters(missing.map(({ name }) => name));
  const contentType = essence(header(invocation.request, 'content-type') ?? 'application/json');
  const { bodies } = validation;
  const conforms = bodies.get(bodies.has(contentType) ? contentType : '$default');
  if (conforms === undefined) return;
  const document = parse(body);
  if (document === undefined || !conforms(document.value)) throw invalidBody();
}

function isPresent({ location, name }: RequiredParameter, { request, match }: Invocation): boolean {
  switch (location) {
    case 'header':
      return header(request, name) !== undefined;
    case 'querystring':
      return Object.hasOwn(queryParameters(request.rawQuery).single, name);
    case 'path':
      return Object.hasOwn(match?.pathParameters ?? {}, name);
  }
}

function parse(body: Buffer): { readonly value: unknown } | undefined {
  if (body.length === 0) return { value: {} };
  try {
    return { value: JSON.parse(body.toString('utf8')) };
  } catch {
    return undefined;
  }
}
