import { aws4Interceptor } from 'aws4-axios';
import axios from 'axios';

const { API_URL, API_REGION, INVOKE_ROLE_ARN } = process.env;
const client = axios.create({ baseURL: API_URL });
client.interceptors.request.use(
  aws4Interceptor({
    instance: client,
    options: {
      region: API_REGION,
      service: 'execute-api',
      assumeRoleArn: INVOKE_ROLE_ARN,
      assumeRoleSessionName: 'caller',
    },
  }),
);

export async function handler(event, { awsRequestId }) {
  const headers = { 'Idempotency-Key': awsRequestId };
  const { data } = await client.post('/parcels', event, { headers });
  return data;
}
