import { type AwsResponse, header } from '../../../core/request.ts';
import type { MockIntegration } from '../../apigateway/definition/integration.ts';
import type { RestInvocation } from '../invocation.ts';
import { gatewayError } from '../responses/gateway-error.ts';
import { essence, remapHeader } from './headers.ts';

/** Answers without a backend. The request template has a status code, which selects the response. */
export function answerMock(
  integration: MockIntegration,
  invocation: RestInvocation,
  body: Buffer,
): AwsResponse {
  const status = readStatusCode(requestTemplate(integration, invocation) ?? body.toString('utf8'));
  if (status === undefined) throw gatewayError('DEFAULT_5XX');
  const { responses } = integration;
  const response =
    responses.find(({ selectedBy }) => selectedBy?.has(String(status).padStart(3, '0'))) ??
    responses.find(({ selectedBy }) => selectedBy === undefined);
  if (response === undefined) throw gatewayError('API_CONFIGURATION_ERROR');
  invocation.integration = { latencyMs: 0, integrationStatus: status, status };
  return {
    status: response.statusCode,
    headers: { 'Content-Type': response.contentType, ...mapHeaders(response, invocation) },
    body: response.body,
  };
}

function requestTemplate(integration: MockIntegration, { request }: RestInvocation): string | undefined {
  const contentType = essence(header(request, 'content-type') ?? 'application/json');
  const templates = new Map(
    Object.entries(integration.requestTemplates).map(([type, template]) => [type.toLowerCase(), template]),
  );
  const template = templates.get(contentType) ?? templates.get('$default');
  const mayPass =
    integration.passthroughBehavior === 'WHEN_NO_MATCH' ||
    (integration.passthroughBehavior === 'WHEN_NO_TEMPLATES' && templates.size === 0);
  if (template === undefined && !mayPass) throw gatewayError('UNSUPPORTED_MEDIA_TYPE');
  return template;
}

/** API Gateway is lenient here: frameworks write `{statusCode:200}`, which is not JSON. */
function readStatusCode(text: string): number | undefined {
  const [, code] =
    /^\s*\{(?:[^{}]{0,1000},)?\s*["']?statusCode["']?\s*:\s*(\d{3})\s*[,}]/.exec(text.slice(0, 2000)) ?? [];
  return code === undefined ? undefined : Number(code);
}

function mapHeaders(
  response: MockIntegration['responses'][number],
  { request }: RestInvocation,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    const shown = remapHeader(name);
    if (shown !== undefined) headers[shown] = value;
  }
  const origin = header(request, 'origin')?.slice(0, 500);
  if (origin !== undefined && response.allowedOrigins?.some((matches) => matches(origin))) {
    headers['Access-Control-Allow-Origin'] = origin;
  }
  return headers;
}
