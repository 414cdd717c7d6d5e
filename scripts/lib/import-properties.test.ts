import schemas from '../../libs/iam/src/aws/inert-schemas.json' with { type: 'json' };
import { FIXED_PROPERTIES } from '../../libs/serverless-plugin/src/commands/import-template.ts';

// AWS's schemas, which `npm run aws-facts` reads.

test.each(['AWS::KMS::Key', 'AWS::KMS::Alias'] as const)(
  'the properties of %s that an update cannot set are those of its schema',
  (type) => {
    const { properties, replacedBy } = schemas[type];
    const required = Object.keys(properties).flatMap((name) =>
      name.endsWith('!') ? [name.slice(0, -1)] : [],
    );
    expect([...FIXED_PROPERTIES[type]!].sort()).toEqual([...new Set([...required, ...replacedBy])].sort());
  },
);
