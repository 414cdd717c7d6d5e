import { AwsError } from '../../../core/errors.ts';

/** The error for what API Gateway does not accept. */
export function badRequest(message: string): AwsError {
  return new AwsError('BadRequestException', message);
}

/** The error for a part of an API that does not exist. */
export function notFound(message: string): AwsError {
  return new AwsError('NotFoundException', message, 404);
}

/** The error for a part of an API that exists already. */
export function conflict(message: string): AwsError {
  return new AwsError('ConflictException', message, 409);
}

/** A part that must exist. @param message of the error if it does not */
export function found<Part>(part: Part | undefined, message: string): Part {
  if (part === undefined) throw notFound(message);
  return part;
}

/** One of an API's parts, which must exist. @param noun AWS's, e.g. `Deployment` */
export function partOf<Part>(parts: ReadonlyMap<string, Part>, id: string, noun: string): Part {
  return found(parts.get(id), `Invalid ${noun} identifier specified`);
}
