import * as v from 'valibot';
import { describeIssue } from '../../../core/describe-issue.ts';
import { isObject } from '../../../core/is-object.ts';
import { parseJson } from '../../../core/parse-json.ts';
import { words } from '../../../core/words.ts';
import type { PayloadFormatVersion } from '../../apigatewayv2/deployed-http-api.ts';
import {
  answerMembers,
  answerStatus,
  mergeHeaders,
  multiPairs,
  multiValueHeaders,
  type ProxyResponse,
  validAnswer,
} from '../integrations/proxy-response.ts';

/** Members that it does not know are ignored: https://github.com/aws/aws-sam-cli/pull/2941. */
const answerSchema = v.object({ statusCode: answerStatus, ...answerMembers });
const schemas = {
  '1.0': v.object({ ...answerSchema.entries, multiValueHeaders }),
  '2.0': v.object({ ...answerSchema.entries, cookies: v.nullish(v.array(v.string()), []) }),
} as const;

/** Of an answer whose function gives no content type. */
const PLAIN_TEXT = 'text/plain; charset=utf-8';

/**
 * Reads a function's answer
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html). With format 2.0,
 * what has no `statusCode` is the body itself, with status 200.
 */
export function readFunctionAnswer(payload: Uint8Array, format: PayloadFormatVersion): ProxyResponse {
  const text = Buffer.from(payload).toString('utf8');
  const document = parseJson(text);
  const isResponse = isObject(document) && 'statusCode' in document;
  if (!isResponse && format === '2.0') {
    const body = typeof document === 'string' ? document : text;
    return validAnswer(200, { 'Content-Type': 'application/json' }, Buffer.from(body));
  }
  if (!isResponse) return { valid: false, reason: 'it is not a JSON object with a statusCode' };
  const result = v.safeParse(schemas[format], document, { abortEarly: true });
  if (!result.success) return { valid: false, reason: describeIssue(result.issues[0]) };
  const { statusCode, headers, body, isBase64Encoded, ...several } = result.output;
  const pairs = [
    ...Object.entries(headers),
    ...('cookies' in several
      ? several.cookies.map((cookie) => ['Set-Cookie', cookie] as const)
      : multiPairs(several.multiValueHeaders)),
  ];
  return validAnswer(
    statusCode,
    mergeHeaders(pairs, PLAIN_TEXT, (name) => (ownedByGateway.has(name.toLowerCase()) ? undefined : name)),
    Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  );
}

/** Headers of the connection, and that of API Gateway itself. */
const ownedByGateway: ReadonlySet<string> = new Set(
  words('apigw-requestid connection content-length keep-alive te trailer transfer-encoding upgrade'),
);
