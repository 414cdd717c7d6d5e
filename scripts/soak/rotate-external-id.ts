import { setTimeout as sleep } from 'node:timers/promises';
import { GetRoleCommand, type IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { API } from './pair.ts';

const PAUSE_MS = 1_000;

/**
 * Begins and ends a rotation of the external ID again and again, as "Change without an outage" in services/README.md does. AWS
 * spreads each change seconds later; the present ID is always admitted.
 */
export async function rotateExternalId(iam: IAMClient, isOver: () => boolean): Promise<void> {
  const RoleName = `${API}-invoke`;
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  const deployed = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
  const rotating = deployed.replace('"sts:ExternalId":[', '"sts:ExternalId":["next-external-id",');
  if (rotating === deployed)
    throw new Error(`The trust policy of ${RoleName} has no external ID: ${deployed}`);
  for (let round = 0; !isOver(); round += 1) {
    const PolicyDocument = round % 2 === 0 ? rotating : deployed;
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    await sleep(PAUSE_MS, undefined, { ref: false });
  }
}
