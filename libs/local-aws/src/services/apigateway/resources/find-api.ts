import { AwsError } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import type { RestApi } from '../rest-api.ts';
import type { ApiStore } from '../store.ts';

/** The API, or `undefined` where it is gone, together with everything in it. */
export function findApi(store: ApiStore, scope: Scope, id: string): RestApi | undefined {
  try {
    return store.api(scope, id);
  } catch (error) {
    if (error instanceof AwsError && error.code === 'NotFoundException') return undefined;
    throw error;
  }
}
