import type { Framework, Template } from '../framework.ts';
import { readTemplate } from '../template/read-template.ts';

/**
 * Reads the template of the service's stack, or of another one.
 * @returns `undefined` if there is no such stack, and the error if it cannot be read
 */
export async function deployedTemplate(
  framework: Framework,
  StackName: string = framework.getProvider('aws').naming.getStackName(),
): Promise<Template | Error | undefined> {
  const { CloudFormationClient, GetTemplateCommand } = await import('@aws-sdk/client-cloudformation');
  const cloudFormation = new CloudFormationClient(await framework.getProvider('aws').getAwsSdkV3Config());
  try {
    const { TemplateBody } = await cloudFormation.send(new GetTemplateCommand({ StackName }));
    // A stack whose first change set was not executed has no template.
    return TemplateBody ? readTemplate(TemplateBody) : undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.message.includes('does not exist') ? undefined : error;
  } finally {
    cloudFormation.destroy();
  }
}
