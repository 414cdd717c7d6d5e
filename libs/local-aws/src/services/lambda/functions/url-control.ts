import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../core/clock.ts';
import { errorOf } from '../../../core/errors.ts';
import type { FunctionStore, FunctionUrl } from '../store.ts';
import { conflict, notFound } from './errors.ts';
import { type FunctionReference, functionArn } from './function-name.ts';

/** A URL as a request or a template describes it. */
export type UrlInput = Partial<Pick<FunctionUrl, 'authType' | 'cors'>>;

/** Creates, changes, deletes and finds the URLs of functions. */
export type UrlControl = ReturnType<typeof createUrlControl>;

/**
 * Creates, changes, deletes and finds URLs, for the API, for CloudFormation and for the requests to them. A reference is a function, or
 * one of its aliases. The errors are those that LocalStack's tests recorded on AWS (`test_url_config_exceptions`,
 * https://github.com/localstack/localstack).
 */
export function createUrlControl(store: FunctionStore, clock: Clock) {
  const references = new Map<string, FunctionReference>();
  const find = (reference: FunctionReference) => store.find(reference)?.urls.get(reference.qualifier ?? '');

  /** Checks that the function exists, and its alias if the reference names one. */
  function checkExists(reference: FunctionReference): void {
    const { qualifier } = reference;
    const owner = store.find(reference);
    if (owner === undefined || (qualifier !== undefined && !owner.aliases.has(qualifier))) {
      throw notFound(MISSING_FUNCTION);
    }
  }

  function get(reference: FunctionReference): FunctionUrl {
    checkQualifier(reference);
    const url = find(reference);
    if (url === undefined) throw notFound('The resource you requested does not exist.');
    return url;
  }

  function put(reference: FunctionReference, url: FunctionUrl): FunctionUrl {
    store.get(reference).urls.set(reference.qualifier ?? '', url);
    references.set(keyOf(url.id, reference.region), reference);
    return url;
  }

  return {
    get,
    create(reference: FunctionReference, input: UrlInput & Pick<FunctionUrl, 'authType'>): FunctionUrl {
      checkQualifier(reference);
      checkExists(reference);
      if (find(reference) !== undefined) {
        throw conflict(
          `Failed to create function url config for [functionArn = ${functionArn(reference)}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
        );
      }
      const now = clock.now();
      return put(reference, { ...input, id: newId(), created: now, lastModified: now });
    },
    /** Changes a URL. Absent members keep their value. The URL stays the same. */
    update(reference: FunctionReference, input: UrlInput): FunctionUrl {
      checkQualifier(reference);
      checkExists(reference);
      return put(reference, { ...get(reference), ...input, lastModified: clock.now() });
    },
    /** @returns whether it existed */
    delete(reference: FunctionReference): boolean {
      checkQualifier(reference);
      const url = find(reference);
      if (url !== undefined) references.delete(keyOf(url.id, reference.region));
      return store.find(reference)?.urls.delete(reference.qualifier ?? '') ?? false;
    },
    /** The URLs of a function and of its aliases. */
    list(
      reference: FunctionReference,
    ): { readonly reference: FunctionReference; readonly url: FunctionUrl }[] {
      const owner = store.find(reference);
      if (owner === undefined) throw notFound(MISSING_FUNCTION);
      const { accountId, region, name } = reference;
      return [...owner.urls].map(([qualifier, url]) => ({
        reference: { accountId, region, name, ...(qualifier !== '' && { qualifier }) },
        url,
      }));
    },
    /** The URL of a function or an alias, without an error if there is none. */
    find,
    /** The function, or the alias, that a URL leads to. @param id the first label of the host */
    byHost(id: string, region: string) {
      const reference = references.get(keyOf(id, region));
      // A function or an alias that was deleted has taken its URL with it.
      const url = reference && find(reference);
      return reference !== undefined && url?.id === id ? { reference, url } : undefined;
    },
  };
}

const MISSING_FUNCTION = 'Function does not exist';

/** The URL itself. */
export function functionUrl({ region }: FunctionReference, { id }: FunctionUrl): string {
  return `https://${id}.lambda-url.${region}.on.aws/`;
}

function keyOf(id: string, region: string): string {
  return `${region}/${id}`;
}

/** AWS's IDs have 32 characters, too. */
function newId(): string {
  return randomBytes(32).reduce((text, byte) => text + (byte % 36).toString(36), '');
}

function checkQualifier({ qualifier }: FunctionReference): void {
  if (qualifier === undefined || /^(?!^\d+$)[0-9a-zA-Z-_]+$/.test(qualifier)) return;
  throw errorOf('ValidationException')(
    `1 validation error detected: Value '${qualifier}' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)`,
  );
}
