import { GetFunctionCommand } from '@aws-sdk/client-lambda';
import type { Account } from '../aws/account.ts';
import { ReadError } from '../aws/read-error.ts';

/** The deployment package of a function. */
export interface FunctionPackage {
  readonly zip: Buffer;
  /** Of the zip, in Base64, as Lambda tells it. It changes with each deployment package, also if its files are the same. */
  readonly sha256: string;
  readonly lastModified: Date;
}

/**
 * Downloads the deployment package of a function.
 * @throws ReadError if AWS refuses a call, or the download
 */
export async function readFunctionPackage(
  account: Pick<Account, 'lambda' | 'read'>,
  name: string,
  region: string,
): Promise<FunctionPackage> {
  const command = new GetFunctionCommand({ FunctionName: name });
  const { Code, Configuration } = (await account.read(() => account.lambda(region).send(command))) ?? {};
  // A presigned URL, which needs no credentials.
  const response = Code?.Location === undefined ? undefined : await fetch(Code.Location);
  if (response === undefined || !response.ok) {
    throw new ReadError(
      'NOT_DEPLOYED',
      `The code of function ${name} cannot be downloaded${response === undefined ? '' : `: HTTP ${response.status}`}.`,
    );
  }
  return {
    zip: Buffer.from(await response.arrayBuffer()),
    sha256: Configuration?.CodeSha256 ?? '',
    lastModified: new Date(Configuration?.LastModified ?? 0),
  };
}
