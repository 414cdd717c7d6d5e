/** A media type without its parameters, in lower case. @example essence('Text/CSV; charset=utf-8') // 'text/csv' */
export function essence(mediaType: string): string {
  return (mediaType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** Whether a body of a media type is JSON: `application/json`, `application/merge-patch+json`. */
export function isJson(mediaType: string): boolean {
  return /[/+]json$/.test(essence(mediaType));
}
