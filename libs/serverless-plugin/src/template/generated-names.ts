/**
 * Whether CloudFormation may have made a name of a stack and a logical ID: `<stack>-<logical ID>-<random>`.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
 */
export function isGeneratedName(name: string, stackName: string, logicalId: string): boolean {
  const prefix = `${stackName}-${logicalId}-`;
  return name.startsWith(prefix) && !name.slice(prefix.length).includes('-');
}
