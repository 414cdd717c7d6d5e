/** Splits an ARN. Parts that are absent are empty. */
export function parseArn(arn: string): {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly accountId: string;
  readonly resource: string;
  /** After the last slash or colon. */
  readonly name: string;
} {
  const [, partition = '', service = '', region = '', accountId = '', ...rest] = arn.split(':');
  const resource = rest.join(':');
  return { partition, service, region, accountId, resource, name: resource.split(/[/:]/).at(-1) ?? '' };
}
