import { broken, type Link, request, sound } from '../link.ts';

/** The region and service in the credential scope of a signature. */
export interface SignedFor {
  readonly region: string;
  /** e.g. `execute-api` */
  readonly service: string;
}

/**
 * Whether a signature names the API's region and service.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 */
export function judgeSignature({ region, service }: SignedFor, apiRegion: string, accountId: string): Link {
  const about = { kind: 'signature', title: `the caller signs for ${region}/${service}` } as const;
  const right = `${apiRegion}/execute-api`;
  if (`${region}/${service}` === right) return sound(about);
  return broken(
    about,
    `The API is in ${apiRegion}, and its service is execute-api: API Gateway refuses any other credential scope with 403 InvalidSignatureException.`,
    [request('credential scope', right, accountId)],
  );
}
