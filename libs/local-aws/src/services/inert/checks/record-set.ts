import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';

const recordSetProperties = v.object({ Type: v.string() });

/** https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html */
const types = 'SOA A TXT NS CNAME MX NAPTR PTR SRV SPF AAAA CAA DS TLSA SSHFP SVCB HTTPS'.split(' ');

/** Checks the type of a record set as `ChangeResourceRecordSets` does. @throws AwsError */
export function checkRecordSet(properties: unknown): void {
  const { Type } = v.parse(recordSetProperties, properties);
  if (types.includes(Type)) return;
  throw new AwsError(
    'InvalidInput',
    `1 validation error detected: Value '${Type}' at 'changeBatch.changes.1.member.resourceRecordSet.type' failed to satisfy constraint: Member must satisfy enum value set: [${types.join(', ')}]`,
  );
}
