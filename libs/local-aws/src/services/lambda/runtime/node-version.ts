/**
 * Checks the `node` that is to run functions: the deployed runtime's major version, so that a function meets locally
 * what it meets on AWS.
 * @throws Error that names the rule and the remedy
 */
export function requireNode24(version: string, execPath: string): void {
  if (/^v24\./.test(version)) return;
  throw new Error(
    `Local Lambda functions run on Node 24, as nodejs24.x does on AWS, but ${execPath} is Node ${version}. Start local AWS with the project's own Node: through an npm script, or with npx node.`,
  );
}
