import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const module = await import(pathToFileURL(resolve(process.argv[2])));
const handler = module.handler ?? module.default.handler;
const result = await handler({}, { awsRequestId: '1', getRemainingTimeInMillis: () => 10_000 });
assert.equal(result, 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev function');
