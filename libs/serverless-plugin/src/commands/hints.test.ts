import { hintAtImageDigest } from './hints.ts';

const repository = 'arn:aws:ecr:eu-central-1:111111111111:repository/orders';

test.each([[undefined], ['AccessDeniedException: …']])(
  'a refused look-up of an image’s digest names the repository, and the form that needs none (decorated: %s)',
  (decoratedMessage) => {
    // The form of https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    const refusal = `User: arn:aws:sts::111111111111:assumed-role/deploy/ci is not authorized to perform: ecr:DescribeImages on resource: ${repository} because no identity-based policy allows the ecr:DescribeImages action`;
    const error = Object.assign(new Error(refusal), decoratedMessage !== undefined && { decoratedMessage });
    hintAtImageDigest(error);
    const printed = 'decoratedMessage' in error ? error.decoratedMessage : error.message;
    expect(printed).toMatch(/…@sha256:….* ecr:DescribeImages on arn:\S+repository\/orders\.$/);
    expect(error.message).toContain(refusal);
  },
);

test('another error stays as it is', () => {
  const error = new Error('is not authorized to perform: ecr:GetAuthorizationToken on resource: *');
  hintAtImageDigest(error);
  expect(error.message).toBe('is not authorized to perform: ecr:GetAuthorizationToken on resource: *');
});
