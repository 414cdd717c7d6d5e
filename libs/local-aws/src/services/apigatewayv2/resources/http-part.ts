import { partTypesOf } from '../../apigateway/resources/api-part.ts';
import type { HttpApiStore } from '../store.ts';

/** Makes the function that declares types of parts of an HTTP API. */
export function httpPartTypes(store: HttpApiStore) {
  return partTypesOf({ store, idProperty: 'ApiId', collection: 'apis' });
}
