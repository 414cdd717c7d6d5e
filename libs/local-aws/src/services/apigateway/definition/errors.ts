import { AwsError } from '../../../core/errors.ts';

/** The error for an invalid request. */
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

/** Returns a part. @throws NotFoundException with the message if there is no part */
export function found<Part>(part: Part | undefined, message: string): Part {
  if (part === undefined) throw notFound(message);
  return part;
}

/** Finds a part of an API. @param noun AWS's word for it, e.g. `Deployment` @throws NotFoundException */
export function partOf<Part>(parts: ReadonlyMap<string, Part>, id: string, noun: string): Part {
  return found(parts.get(id), `Invalid ${noun} identifier specified`);
}
