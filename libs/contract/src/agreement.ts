import type * as v from 'valibot';
import type { Unsendable } from './sendable.ts';

/** The names in a path. @example ParameterNames<'/orders/{id}/items/{item}'> // 'id' | 'item' */
export type ParameterNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterNames<Rest>
  : never;

/** The client's input for a part of an operation; `never` if the operation has no such part. */
export type InputOf<O, Part extends 'pathParameters' | 'query' | 'headers' | 'request'> =
  O extends Readonly<Record<Part, infer Schema extends v.GenericSchema>> ? v.InferInput<Schema> : never;

type Names<O> = O extends { readonly pathParameters: { readonly entries: infer Entries } }
  ? keyof Entries
  : never;

type IsNever<T> = [T] extends [never] ? true : false;

/** The names of the parameters whose values cannot be read from the text of a request by their schema. */
type Unreadable<O, Part extends Parameters> =
  O extends Readonly<Record<Part, { readonly entries: infer Entries }>>
    ? { [Name in keyof Entries]: IsReadable<Entries[Name]> extends true ? never : Name }[keyof Entries] &
        string
    : never;

/** What api-handler's `readParameters` can read. */
type IsReadable<Schema> = Schema extends {
  readonly type: 'string' | 'number' | 'boolean' | 'picklist' | 'enum' | 'literal';
}
  ? true
  : Schema extends { readonly wrapped: infer Wrapped }
    ? IsReadable<Wrapped>
    : Schema extends { readonly type: 'array'; readonly item: infer Item }
      ? IsReadable<Item>
      : Schema extends { readonly items: readonly (infer Item)[] }
        ? IsReadable<Schema extends { readonly rest: infer Rest } ? Item | Rest : Item>
        : Schema extends { readonly type: 'union'; readonly options: readonly (infer Option)[] }
          ? IsAmbiguous<Schema> extends true
            ? false
            : IsReadable<Option>
          : Schema extends v.GenericSchema<string | readonly string[] | undefined, unknown>
            ? true
            : false;

/** Whether a union has any text, and values that are written as texts. */
type IsAmbiguous<Schema> =
  Schema extends v.GenericSchema<infer Input, unknown>
    ? string extends Input
      ? IsNever<Extract<Input, number | boolean>> extends true
        ? false
        : true
      : false
    : never;

/** Names of the client's input that no path parameter may have. */
type ReservedName = 'query' | 'headers' | 'body';

type Parameters = 'pathParameters' | 'query' | 'headers';

type Readable<O, Part extends Parameters> =
  IsNever<Unreadable<O, Part>> extends true
    ? unknown
    : {
        readonly [Key in Part]: `${Unreadable<O, Part>}: this schema cannot read the text of a request. Write a string, number, boolean, picklist or literal, or a list of these.`;
      };

type Sendable<O, Part extends 'request' | 'response', IsResponse extends boolean> =
  O extends Readonly<Record<Part, infer Schema>>
    ? IsNever<Unsendable<Schema, IsResponse>> extends true
      ? unknown
      : { readonly [Key in Part]: `${Part}${Unsendable<Schema, IsResponse>}` }
    : unknown;

/** The declared names that are reserved, whatever their case. */
type ReservedIn<O, Part extends 'headers' | 'responseHeaders', Reserved> =
  O extends Readonly<Record<Part, { readonly entries: infer Entries }>>
    ? { [Name in keyof Entries & string]: Lowercase<Name> extends Reserved ? Name : never }[keyof Entries &
        string]
    : never;

type Unreserved<O, Part extends 'headers' | 'responseHeaders', Reserved> =
  IsNever<ReservedIn<O, Part, Reserved>> extends true
    ? unknown
    : {
        readonly [Key in Part]: `${ReservedIn<O, Part, Reserved>}: the client, the signature or API Gateway sets this header, so it cannot be declared.`;
      };

/**
 * Request headers that belong to the connection, to the client, to the signature or to API Gateway.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
type ReservedRequestHeader =
  | ('authorization' | 'connection' | 'content-length' | 'content-md5' | 'content-type' | 'expect' | 'host')
  | ('idempotency-key' | 'keep-alive' | 'max-forwards' | 'server' | 'te' | 'trailer' | 'transfer-encoding')
  | ('upgrade' | 'www-authenticate')
  | `${'proxy' | 'sec' | 'x-amz' | 'x-amzn' | 'x-forwarded'}-${string}`;

/** Response headers that API Gateway sets or renames (`x-amzn-Remapped-Date`), or that follow from the operation. */
type ReservedResponseHeader =
  | ('authorization' | 'connection' | 'content-length' | 'content-md5' | 'content-type' | 'date' | 'expect')
  | ('host' | 'keep-alive' | 'max-forwards' | 'proxy-authenticate' | 'server' | 'te' | 'trailer')
  | ('transfer-encoding' | 'upgrade' | 'user-agent' | 'www-authenticate')
  | `${'x-amz' | 'x-amzn'}-${string}`;

type JsonMediaType = 'application/json' | `${string}+json`;
type TextMediaType =
  | `text/${string}`
  | `${string}+xml`
  | `application/${'xml' | 'yaml' | 'x-yaml' | 'sql' | 'graphql' | 'x-ndjson' | 'jsonl' | 'x-www-form-urlencoded'}`;

/** The rule for a body's media type and its schema. */
type MediaTypeOf<O, Part extends 'request' | 'response'> =
  O extends Readonly<Record<`${Part}MediaType`, infer Given>>
    ? Given extends JsonMediaType
      ? unknown
      : Given extends TextMediaType
        ? O extends Readonly<Record<Part, v.GenericSchema<infer Input, unknown>>>
          ? Input extends string
            ? unknown
            : { readonly [Key in Part]: `a body of a media type of text is a string: v.string()` }
          : { readonly [Key in `${Part}MediaType`]: `the operation has no ${Part}` }
        : {
            readonly [Key in `${Part}MediaType`]: 'not a media type of JSON or text. Bytes are not carried: let the client send or read a file by a presigned URL of S3';
          }
    : unknown;

/** The rule for the further members of declared problems. */
type ProblemsOf<O> = O extends { readonly problems: infer Problems }
  ? {
      readonly problems: {
        readonly [Name in keyof Problems]: Problems[Name] extends { readonly members: infer Members }
          ? IsNever<Unsendable<Members, true>> extends true
            ? Members extends { readonly entries: infer Entries }
              ? IsNever<Extract<keyof Entries, ProblemMember>> extends true
                ? unknown
                : {
                    members: `every problem has a member of this name: ${Extract<keyof Entries, ProblemMember>}`;
                  }
              : unknown
            : { members: `members${Unsendable<Members, true>}` }
          : unknown;
      };
    }
  : unknown;

type ProblemMember = 'type' | 'title' | 'status' | 'detail' | 'instance' | 'requestId' | 'errors' | 'name';

/** Rules that the type `Operation` cannot express. The texts appear in the compiler's error. */
export type Agreement<O extends { readonly path: string }, Member extends string> = (IsNever<
  Exclude<ParameterNames<O['path']>, Names<O>>
> extends true
  ? unknown
  : {
      pathParameters: `the path has a parameter without a schema: ${Exclude<ParameterNames<O['path']>, Names<O>>}`;
    }) &
  (IsNever<Exclude<Names<O>, ParameterNames<O['path']>>> extends true
    ? unknown
    : { path: `the path lacks the parameter: ${Exclude<Names<O>, ParameterNames<O['path']>> & string}` }) &
  (IsNever<Extract<Names<O>, ReservedName>> extends true
    ? unknown
    : { path: `a path parameter must not be called: ${Extract<Names<O>, ReservedName> & string}` }) &
  (O extends { readonly method: 'GET'; readonly idempotencyKey: true }
    ? { idempotencyKey: 'a GET changes nothing, so it may be repeated without a key' }
    : unknown) &
  Readable<O, 'pathParameters'> &
  Readable<O, 'query'> &
  Readable<O, 'headers'> &
  Unreserved<O, 'headers', ReservedRequestHeader> &
  Unreserved<O, 'responseHeaders', ReservedResponseHeader> &
  MediaTypeOf<O, 'request'> &
  MediaTypeOf<O, 'response'> &
  ProblemsOf<O> &
  Sendable<O, 'request', false> &
  Sendable<O, 'response', true> &
  // A member that an operation does not have is misspelt.
  Readonly<Record<Exclude<keyof O, Member>, never>> & {
    readonly example?: {
      readonly pathParameters?: InputOf<O, 'pathParameters'>;
      readonly query?: InputOf<O, 'query'>;
      readonly headers?: InputOf<O, 'headers'>;
      readonly body?: InputOf<O, 'request'>;
    };
  };
