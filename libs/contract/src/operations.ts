import { postMessageRequestSchema, postMessageResponseSchema, whoamiResponseSchema } from './messages.ts';
import { routes } from './routes.ts';

/**
 * What can be done with the API: each route with the schemas of its bodies. The client and the OpenAPI document are made
 * from it.
 */
export const operations = {
  postMessage: {
    ...routes.postMessages,
    summary: 'Sends a message. The response says what was received, and from whom.',
    request: postMessageRequestSchema,
    response: postMessageResponseSchema,
  },
  getWhoami: {
    ...routes.getWhoami,
    summary: 'Says who called, as API Gateway vouches for it.',
    request: undefined,
    response: whoamiResponseSchema,
  },
} as const;
