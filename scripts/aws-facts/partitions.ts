import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IAMClient } from '@aws-sdk/client-iam';

/** The parts of a partition in AWS's own data that are used here. */
interface SdkPartition {
  readonly id: string;
  readonly outputs: { readonly dnsSuffix: string; readonly dualStackDnsSuffix: string };
  readonly regionRegex: string;
  readonly regions: Readonly<Record<string, unknown>>;
}

const packages = join(import.meta.dirname, '../../node_modules');
const file = 'dist-es/submodules/client/util-endpoints/lib/aws/partitions.js';

/**
 * Reads the partitions from a module of the AWS SDK that it does not export.
 * @throws SyntaxError if that module is more than an object
 */
function sdkPartitions(): readonly SdkPartition[] {
  const text = readFileSync(join(packages, '@aws-sdk/core', file), 'utf8');
  const object = text.replace(/^export const partitionsInfo = /, '').replace(/;\s*$/, '');
  return JSON.parse(object).partitions;
}

/** Makes the table of partitions from the AWS SDK's data: its list of partitions, and its rules for the endpoints of IAM. */
export function partitionsOfSdk() {
  return sdkPartitions().map(({ id, outputs, regionRegex, regions }) => {
    // The list has `aws-global` and the like, too: they are names for endpoints, not regions.
    const names = Object.keys(regions).filter((name) => new RegExp(regionRegex).test(name));
    return {
      name: id,
      dnsSuffix: outputs.dnsSuffix,
      dualStackDnsSuffix: outputs.dualStackDnsSuffix,
      iamRegion: iamRegionOf(names[0] ?? ''),
      regionPattern: regionRegex,
      regions: names,
    };
  });
}

/** The region for which the SDK signs requests to IAM. */
function iamRegionOf(region: string): string {
  const { config } = new IAMClient({ region });
  const endpoint = config.endpointProvider({ Region: region, UseDualStack: false, UseFIPS: false });
  return endpoint.properties?.authSchemes?.[0]?.signingRegion ?? '';
}
