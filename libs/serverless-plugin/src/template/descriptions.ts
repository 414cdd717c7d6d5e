import type { TemplateStep } from '../deployment.ts';
import { Mistake } from '../mistake.ts';

/** A property that describes a resource. */
interface Description {
  readonly property: string;
  /** The most characters that AWS accepts. */
  readonly limit: number;
}

/**
 * The limits of descriptions, by resource type.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
const descriptions: Readonly<Record<string, Description>> = {
  'AWS::CloudWatch::Alarm': { property: 'AlarmDescription', limit: 1_024 },
  'AWS::IAM::Role': { property: 'Description', limit: 1_000 },
  'AWS::Lambda::Function': { property: 'Description', limit: 256 },
};

/** Refuses descriptions that AWS would refuse in the middle of a deployment. The length of a text with functions is not known here. */
export const checkDescriptions: TemplateStep = ({ Resources }) => {
  const problems = Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
    const description = descriptions[Type];
    if (description === undefined) return [];
    const { property, limit } = description;
    const text = Properties[property];
    if (typeof text !== 'string' || [...text].length <= limit) return [];
    return [
      `The description of ${id} (${Type}) has ${[...text].length} characters, and AWS accepts ${limit}: "${text.slice(0, 40)}…".`,
    ];
  });
  if (problems.length === 0) return;
  throw new Mistake(`${problems.join(' ')} Shorten it in serverless.yml.`);
};
