/** A route of the API, relative to its stage. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Begins with `/`; has no stage in it. */
  readonly path: `/${string}`;
}

/**
 * The API's routes, named once for the service that serves them and the one that calls them.
 * @example await api.json(routes.postMessages.path, { method: routes.postMessages.method, json: { foo: 'bar' } })
 */
export const routes = {
  /** Takes any JSON object; answers with a {@link import('./messages.ts').PostMessageResponse}. */
  postMessages: { method: 'POST', path: '/messages' },
  /** Answers with a {@link import('./messages.ts').WhoamiResponse}. */
  getWhoami: { method: 'GET', path: '/whoami' },
} as const satisfies Record<string, Route>;

/**
 * The header that makes a `POST` safe to repeat: the same key goes out on each attempt, and the API executes the
 * request once and answers alike (draft-ietf-httpapi-idempotency-key-header).
 */
export const IDEMPOTENCY_KEY_HEADER = 'Idempotency-Key';
