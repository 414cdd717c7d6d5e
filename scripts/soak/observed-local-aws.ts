import { serveLocalAws } from '../lib/serve-local-aws.ts';
import { observe } from './observed-event.ts';

await serveLocalAws((event, aws) => observe(event, aws.directory));
