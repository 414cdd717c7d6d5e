import { AwsError } from '../core/errors.ts';

type Throttling = readonly [code: string, status: number, message: string];

const tooManyRequests: Throttling = ['TooManyRequestsException', 429, 'Too Many Requests'];
/** The services whose throttling error is not the usual one. */
const SERVICES: Readonly<Record<string, Throttling>> = {
  // API Gateway's THROTTLED response.
  'execute-api': tooManyRequests,
  apigateway: tooManyRequests,
  lambda: ['TooManyRequestsException', 429, 'Rate Exceeded.'],
  s3: ['SlowDown', 503, 'Please reduce your request rate.'],
  dynamodb: ['ThrottlingException', 400, 'Rate of requests exceeds the allowed throughput.'],
  logs: ['ThrottlingException', 400, 'Rate exceeded'],
};

/** The error with which a service throttles. Source: "Common Errors" in each service's API reference. */
export function throttlingError(service: string): AwsError {
  const [code, status, message] = SERVICES[service] ?? ['Throttling', 400, 'Rate exceeded'];
  return new AwsError(code, message, status);
}
