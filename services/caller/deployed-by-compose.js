/**
 * Stands in for a parameter that Compose did not hand in. Fails where it would be deployed: a function without the
 * API's URL helps nobody.
 * @returns a placeholder, for commands that neither package nor deploy
 * @throws {Error} that says where to deploy from
 */
export function parameter() {
  const command = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
  if (command[0] === 'deploy' || command[0] === 'package') {
    throw Object.assign(
      new Error(
        'The caller service needs the outputs of the api service. Deploy both from the repository root: npx sls deploy --stage <stage>.',
      ),
      // The framework prints the stack where there is one, and a stack helps nobody here.
      { stack: undefined },
    );
  }
  return 'deployed-by-compose';
}
