import type { WhoamiResponse } from '@cross-account-api/contract';
import { bodylessHandler } from './http-handler.ts';

/** `GET /whoami`: says who called. */
export const handler = bodylessHandler(({ caller, requestId }): WhoamiResponse => ({ caller, requestId }));
