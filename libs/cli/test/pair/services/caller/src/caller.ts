import { fail } from './fail.ts';

export const handler = async (event: unknown): Promise<never> => fail(event);
