import { serveLocalAws } from './serve-local-aws.ts';

await serveLocalAws();
