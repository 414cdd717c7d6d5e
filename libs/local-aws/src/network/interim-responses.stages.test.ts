import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pythonWith } from '../../test/python.testing.ts';
import { heldCall, useHeldRequests } from './interim-responses.testing.ts';

const held = useHeldRequests();

const boto3 = pythonWith(['boto3'], 'a test of boto3');
(boto3 === undefined ? test.skip : test)(
  'boto3 waits longer than its time-out, and does not repeat',
  async () => {
    // Between two interim responses, a busy machine needs less than this time-out.
    const script = `
import boto3, sys
from botocore.config import Config
config = Config(read_timeout=15, retries={'max_attempts': 0})
keys = dict(region_name='us-east-1', aws_access_key_id='a', aws_secret_access_key='b')
client = boto3.client('lambda', endpoint_url=sys.argv[1].rstrip('/'), config=config, **keys)
print(client.invoke(FunctionName='hello')['Payload'].read().decode())`;
    const call = async (url: string) =>
      (await promisify(execFile)(boto3 ?? '', ['-c', script, url])).stdout.trim();
    expect(await heldCall(held(), call, 17_000)).toBe('answer');
    // Its own, and the observer's.
    expect(held().listener.requests).toHaveLength(2);
  },
);
