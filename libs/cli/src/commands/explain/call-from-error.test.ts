import type { Call } from '../../call/call.ts';
import { callFromError } from './call-from-error.ts';

test.each([
  ['aws', 'eu-central-1', 'amazonaws.com'],
  ['aws-cn', 'cn-north-1', 'amazonaws.com.cn'],
  ['aws-eusc', 'eusc-de-east-1', 'amazonaws.eu'],
  ['aws-iso', 'us-iso-east-1', 'c2s.ic.gov'],
])('a refusal in the partition %s, in %s, is about an API at %s', (partition, region, domain) => {
  const call = callFromError({ apiAccountId: '111111111111' } as Call, {
    form: 'not authorized',
    principal: `arn:${partition}:sts::111111111111:assumed-role/invoke/session`,
    action: 'execute-api:Invoke',
    resource: `arn:${partition}:execute-api:${region}:111111111111:abc123/prod/POST/parcels`,
  });
  expect(call).toMatchObject({
    api: { url: `https://abc123.execute-api.${region}.${domain}/prod`, region },
    routes: [{ method: 'POST', path: '/parcels' }],
  });
});
