import { STSClient } from '@aws-sdk/client-sts';
import { likelyPartitionOf } from '@cross-account-api/iam';
import { AwsV4Signer } from 'aws4fetch';
import { XMLParser } from 'fast-xml-parser';
import * as v from 'valibot';
import type { SdkSettings } from './sdk-settings.ts';

const parser = new XMLParser({
  parseTagValue: false,
  isArray: (name) => name === 'item',
  // Without it, the library leaves numeric references as they are, e.g. `&#34;` for the quotes of a policy.
  htmlEntities: true,
});

/**
 * Returns a function that sends a request to EC2 and returns the document of its answer. A refusal of EC2 is an error whose name is
 * EC2's code, like the errors of the SDK. The SDK's client of EC2 has 28 MB, for a few requests that few calls need.
 */
export async function openEc2(settings: SdkSettings) {
  const { region } = settings;
  // Any client finds the credentials of a profile.
  const sts = new STSClient(settings);
  const { accessKeyId, secretAccessKey, sessionToken } = await sts.config.credentials();
  sts.destroy();
  const url = new URL(settings.endpoint ?? `https://ec2.${region}.${likelyPartitionOf(region).dnsSuffix}`);
  return async (action: string, parameters: Readonly<Record<string, string>>): Promise<unknown> => {
    const body = new URLSearchParams({ Action: action, Version: '2016-11-15', ...parameters }).toString();
    const signer = new AwsV4Signer({
      method: 'POST',
      url: url.href,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body,
      service: 'ec2',
      region,
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
    });
    const response = await fetch(url, { method: 'POST', headers: (await signer.sign()).headers, body });
    const document = parser.parse(await response.text());
    if (!response.ok) throw errorOf(document, response.status);
    return document[`${action}Response`];
  };
}

const error = v.object({ Code: v.string(), Message: v.string() });
/** The error of EC2, and of other services with its protocol. Local AWS sends the latter for a service that it does not have. */
const refusal = v.union([
  v.pipe(
    v.object({ Response: v.object({ Errors: v.object({ Error: error }) }) }),
    v.transform(({ Response }) => Response.Errors.Error),
  ),
  v.pipe(
    v.object({ ErrorResponse: v.object({ Error: error }) }),
    v.transform(({ ErrorResponse }) => ErrorResponse.Error),
  ),
]);

function errorOf(document: unknown, httpStatusCode: number): Error {
  const { success, output } = v.safeParse(refusal, document);
  const { Code, Message } = success ? output : { Code: 'Error', Message: `EC2 answered ${httpStatusCode}.` };
  return Object.assign(new Error(Message), { name: Code, $metadata: { httpStatusCode } });
}
