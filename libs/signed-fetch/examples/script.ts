import { createAssumedRole } from '@cross-account-api/assume-role';
import { createSignedFetch } from '@cross-account-api/signed-fetch';

const {
  API_URL = '',
  API_REGION: region = '',
  INVOKE_ROLE_ARN: roleArn = '',
  EXTERNAL_ID: externalId,
} = process.env;
const credentials = createAssumedRole({ roleArn, externalId, region, sessionName: 'script' });
const api = createSignedFetch({ baseUrl: API_URL, region, credentials });

const { body } = await api.json('/messages', { json: { foo: 'bar' }, idempotencyKey: true });
console.log(body);
