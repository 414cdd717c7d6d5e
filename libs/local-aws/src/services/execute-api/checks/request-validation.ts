import { parseJson } from '../../../core/parse-json.ts';
import { header } from '../../../core/request.ts';
import type { RequestValidation } from '../../apigateway/deployed-api.ts';
import { essence } from '../integrations/media-types.ts';
import { parameterOf, type RestInvocation } from '../invocation.ts';
import { gatewayError } from '../responses/gateway-error.ts';

/** Checks parameters, then the body against the model for its content type. Without a model, the body passes. */
export function validateRequest(
  validation: RequestValidation,
  invocation: RestInvocation,
  body: Buffer,
): void {
  const { requiredParameters, bodies } = validation;
  const missing = requiredParameters.filter((parameter) => parameterOf(invocation, parameter) === undefined);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(', ');
    throw gatewayError('BAD_REQUEST_PARAMETERS', {
      message: `Missing required request parameters: [${names}]`,
    });
  }
  const contentType = essence(header(invocation.request, 'content-type') ?? 'application/json');
  const conforms = bodies.get(bodies.has(contentType) ? contentType : '$default');
  if (conforms === undefined) return;
  const document = body.length === 0 ? {} : parseJson(body.toString('utf8'));
  if (document === undefined || !conforms(document)) throw gatewayError('BAD_REQUEST_BODY');
}
