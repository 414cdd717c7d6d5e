import { recode } from './percent-encoding.ts';

/** A query parameter as SigV4 writes it: both sides decoded and encoded again. */
export type QueryParameter = readonly [name: string, value: string];

/**
 * The parameters of a query in the order sent. Those without a name are left out.
 *
 * AWS does not document how it signs a parameter without a name, and signers differ: aws4 and aws4fetch leave it out,
 * AWS's SDKs and botocore sign it. Clients should not send one.
 */
export function queryParameters(rawQuery: string): QueryParameter[] {
  return rawQuery.split('&').flatMap((parameter) => {
    const [name = '', ...value] = parameter.split('=');
    return name === '' ? [] : [[recode(name), recode(value.join('='))] as const];
  });
}

/**
 * The query as SigV4 signs it: sorted by name, then by value, both as encoded.
 * @example canonicalQuery(queryParameters('b=2&a=1+1&b=1&c')) // 'a=1%201&b=1&b=2&c='
 */
export function canonicalQuery(parameters: readonly QueryParameter[]): string {
  return [...parameters]
    .sort(([name1, value1], [name2, value2]) => compare(name1, name2) || compare(value1, value2))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** By code units. The names and values are ASCII by now, so that this is the order of their bytes. */
function compare(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}
