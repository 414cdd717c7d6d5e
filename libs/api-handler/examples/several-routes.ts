import { apiHandler, apiHandlers } from '@cross-account-api/api-handler';
import * as v from 'valibot';

const response = v.array(v.string());
const listPens = { method: 'GET', path: '/pens', response, status: 200 } as const;
const listInks = { method: 'GET', path: '/inks', response, status: 200 } as const;

export const handler = apiHandlers(
  apiHandler(listPens, () => ({ body: ['blue'] })),
  apiHandler(listInks, () => ({ body: ['black'] })),
);
