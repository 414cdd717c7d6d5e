/** Whether a `Content-Type`, or the first entry of `Accept`, is one of an API's binary types; `*` matches any. */
export function isBinary(mediaType: string | undefined, binaryMediaTypes: readonly string[]): boolean {
  const [type = '', subtype = ''] = essence(mediaType ?? 'application/json').split('/', 2);
  return binaryMediaTypes.some((binary) => {
    const [binaryType = '', binarySubtype = ''] = binary.toLowerCase().replaceAll('~1', '/').split('/', 2);
    return (
      (binaryType === '*' || binaryType === type) && (binarySubtype === '*' || binarySubtype === subtype)
    );
  });
}

/** A media type without its parameters, in lower case. */
export function essence(mediaType: string): string {
  return (mediaType.split(/[;,]/, 1)[0] ?? '').trim().toLowerCase();
}
