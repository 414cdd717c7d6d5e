import { AwsError } from '../../core/errors.ts';
import { invalidArgument } from './errors.ts';

/**
 * Checks a version ID. Buckets have no versions: the one there is has the ID `null`.
 * @throws AwsError `NoSuchVersion`, `InvalidArgument`
 */
export function checkVersion(versionId: string | null | undefined): void {
  if (versionId === null || versionId === undefined || versionId === 'null') return;
  if (/^[A-Za-z0-9._-]{32}$/.test(versionId)) {
    throw new AwsError('NoSuchVersion', 'The specified version does not exist.', 404, {
      VersionId: versionId,
    });
  }
  throw invalidArgument('Invalid version id specified', 'versionId', versionId);
}
