import { serveLocalAws } from '../lib/serve-local-aws.ts';

// Sends the access key of each request to AssumeRole: every execution environment has its own.
await serveLocalAws(({ service, operation, accessKeyId }) =>
  service === 'sts' && operation === 'AssumeRole' ? accessKeyId : undefined,
);
