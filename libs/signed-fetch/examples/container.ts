import { createServer } from 'node:http';
import { createAssumedRole } from '@cross-account-api/assume-role';
import { createSignedFetch } from '@cross-account-api/signed-fetch';

const {
  API_URL = '',
  API_REGION: region = '',
  INVOKE_ROLE_ARN: roleArn = '',
  EXTERNAL_ID: externalId,
} = process.env;
const credentials = createAssumedRole({ roleArn, externalId, region, sessionName: 'container' });
const api = createSignedFetch({ baseUrl: API_URL, region, credentials });

createServer((_request, response) => {
  api.json('/whoami').then(
    ({ body }) => response.end(JSON.stringify(body)),
    ({ code, message }) => response.writeHead(502).end(`${code}: ${message}`),
  );
}).listen(process.env.PORT ?? 8080);
