import { AwsError } from '../core/errors.ts';

/** The services whose throttling error is not the usual one. */
const SERVICES: ReadonlyMap<string, { code: string; status: number; message: string }> = new Map([
  // API Gateway's THROTTLED response.
  ['execute-api', { code: 'TooManyRequestsException', status: 429, message: 'Too Many Requests' }],
  ['apigateway', { code: 'TooManyRequestsException', status: 429, message: 'Too Many Requests' }],
  ['lambda', { code: 'TooManyRequestsException', status: 429, message: 'Rate Exceeded.' }],
  ['s3', { code: 'SlowDown', status: 503, message: 'Please reduce your request rate.' }],
  [
    'dynamodb',
    { code: 'ThrottlingException', status: 400, message: 'Rate of requests exceeds the allowed throughput.' },
  ],
  ['logs', { code: 'ThrottlingException', status: 400, message: 'Rate exceeded' }],
]);

/**
 * The error with which a service throttles.
 * Sources: each service's API reference, "Common Errors"; for the services with the Query protocol (STS, IAM,
 * CloudFormation) `Throttling`, "Rate exceeded", with status 400.
 * @param service signing name
 */
export function throttlingError(service: string): AwsError {
  const { code, status, message } = SERVICES.get(service) ?? {
    code: 'Throttling',
    status: 400,
    message: 'Rate exceeded',
  };
  return new AwsError(code, message, status);
}
