// axios with the interceptor of aws4-axios, which assumes the role and caches its credentials.
import { aws4Interceptor } from 'aws4-axios';
import axios from 'axios';

const { API_URL, AWS_REGION, INVOKE_ROLE_ARN } = process.env;
const client = axios.create({ baseURL: API_URL });
client.interceptors.request.use(
  aws4Interceptor({
    options: {
      region: AWS_REGION,
      service: 'execute-api',
      assumeRoleArn: INVOKE_ROLE_ARN,
      assumeRoleSessionName: 'axios',
    },
    instance: client,
  }),
);

export async function handler() {
  const { status, data } = await client.post('/messages', { foo: 'bar' });
  return { status, body: data };
}
