import type { JsonObject } from './json.ts';
import { createSamExpander, usesSam } from './sam.ts';

// sam.stages.test.ts expands templates.

test('Without the translator, a SAM template is refused with the commands that install it.', async () => {
  const refusing = createSamExpander({ PATH: '', PYENV_ROOT: '/nowhere' });
  await expect(
    refusing({ Transform: 'AWS::Serverless-2016-10-31', Resources: {} }, 'eu-central-1', new Map()),
  ).rejects.toThrow(
    /the Python package aws-sam-translator, and no Python in PATH or of pyenv has it\. Run "python3 -m venv \.venv && \.venv\/bin\/pip install aws-sam-translator", and start local AWS again with LOCAL_AWS_PYTHON=\.venv\/bin\/python\.$/,
  );
});

test.each<[template: JsonObject, expected: boolean]>([
  [{ Transform: 'AWS::Serverless-2016-10-31' }, true],
  [{ Transform: ['AWS::Serverless-2016-10-31'] }, true],
  [{ Transform: 'AWS::LanguageExtensions' }, false],
  [{ Transform: ['AWS::LanguageExtensions', 'AWS::Serverless-2016-10-31'] }, false],
  [{}, false],
])('Whether SAM is the only transform of %j: %s.', (template, expected) => {
  expect(usesSam(template)).toBe(expected);
});
