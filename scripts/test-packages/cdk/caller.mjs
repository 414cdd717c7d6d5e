import { createAssumedRole } from '@cross-account-api/assume-role';
import { createSignedFetch } from '@cross-account-api/signed-fetch';

const { INVOKE_ROLE_ARN: roleArn = '', EXTERNAL_ID: externalId = '', API_URL: baseUrl = '' } = process.env;
const credentials = createAssumedRole({ roleArn, externalId, sessionName: 'greetings' });
const api = createSignedFetch({ baseUrl, credentials });

/** Calls the API of the other account as the role that it has for this function. */
export const handler = async ({ name }) => (await api.json(`/greetings/${name}`)).body;
