/**
 * Whether a media type is one of an API's binary ones; `*` stands for any type or subtype.
 * @param mediaType a `Content-Type`, or `Accept`, of which API Gateway looks at the first entry alone
 */
export function isBinary(mediaType: string | undefined, binaryMediaTypes: readonly string[]): boolean {
  const [type = '', subtype = ''] = essence(mediaType ?? 'application/json').split('/', 2);
  return binaryMediaTypes.some((binary) => {
    const [binaryType = '', binarySubtype = ''] = binary.toLowerCase().replaceAll('~1', '/').split('/', 2);
    return (
      (binaryType === '*' || binaryType === type) && (binarySubtype === '*' || binarySubtype === subtype)
    );
  });
}

/**
 * A media type without its parameters.
 * @example essence('Application/JSON; charset=utf-8') // 'application/json'
 */
export function essence(mediaType: string): string {
  return (mediaType.split(/[;,]/, 1)[0] ?? '').trim().toLowerCase();
}
