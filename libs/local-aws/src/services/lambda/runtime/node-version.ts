/** Checks that functions run on the major version of Node that they run on in AWS. */
export function requireNode24(version: string, execPath: string): void {
  if (/^v24\./.test(version)) return;
  throw new Error(
    `Local Lambda functions run on Node 24, as nodejs24.x does on AWS, but ${execPath} is Node ${version}. Start local AWS with the project's own Node: through an npm script, or with npx node.`,
  );
}
