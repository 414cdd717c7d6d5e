import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const services = join(__dirname, 'services');
const common = ['index.ts', 'store.ts', 'operations', 'resources'];

/** Additional files of a service, and why. */
const exceptions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  apigateway: {
    definition: 'what an API consists of; operations and resource types both write it',
    'domain-names.ts': 'custom domains and the APIs that their paths lead to',
  },
  apigatewayv2: { definition: 'what an HTTP API consists of; templates and documents both write it' },
  cloudformation: { engine: 'reads templates, plans changes and carries them out' },
  dynamodb: { dynalite: 'the engine that keeps the items' },
  'execute-api': {
    checks: 'the steps before the integration',
    'http-api': 'what HTTP APIs do in another way than REST APIs',
    integrations: 'what answers a request',
    responses: "API Gateway's own answers",
    routing: 'finds the method of a request',
    'invocation.ts': 'one request on its way',
    'plane.ts': 'what REST APIs and HTTP APIs have in common',
    'rest-plane.ts': 'answers requests to REST APIs',
  },
  inert: {
    checks: "what AWS's services refuse, and its schemas do not",
    'types.json': 'names and ARNs of its types',
  },
  lambda: {
    code: 'unpacks the zips of functions',
    functions: 'what a function is; operations and resource types both write it',
    inspection: 'lets a debugger attach, and knows when it holds a function',
    invocation: 'runs a function once',
    runtime: 'execution environments and their processes',
  },
  s3: {
    'errors.json': 'status and message of its errors',
    'public-access.ts': 'which policies are public; operations and resource types both use it',
  },
};

/** Services that answer requests to what others have deployed, or whose state is elsewhere. */
const without: Readonly<Record<string, readonly string[]>> = {
  // Its repositories are inert.
  ecr: ['store.ts', 'resources'],
  'execute-api': ['store.ts', 'operations', 'resources'],
  'function-url': ['store.ts', 'operations', 'resources'],
  // The directory of identities is their store.
  iam: ['store.ts'],
  // Its resources do nothing: no operation reads them.
  inert: ['store.ts', 'operations', 'resources'],
  organizations: ['store.ts', 'resources'],
  sts: ['store.ts', 'resources'],
};

const names = readdirSync(services, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

test.each(names)('The service %s has the same anatomy as all others.', (name) => {
  const entries = readdirSync(join(services, name)).filter((entry) => !/\.(test|testing)\.ts$/.test(entry));
  const expected = [
    ...common.filter((entry) => !without[name]?.includes(entry)),
    ...Object.keys(exceptions[name] ?? {}),
  ];
  expect(entries.sort()).toEqual(expected.sort());
});

const sources = readdirSync(__dirname, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\.ts$/.test(file),
);

test('Code that ships imports no test helper.', () => {
  const shipped = sources.filter((file) => !/\.(test|testing|test-d)\.ts$/.test(file));
  const wrong = shipped.filter((file) =>
    /from '[^']*\.testing\.ts'/.test(readFileSync(join(__dirname, file), 'utf8')),
  );
  expect(wrong).toEqual([]);
});

test('No file has a name that says nothing.', () => {
  const vague = /^(helpers?|utils?|misc|common|parts|support|declare|places|remains|trap|shapes)\.ts$/;
  // Shapes are a term of Smithy, AWS's own modelling language.
  const wrong = sources.filter((file) => vague.test(basename(file)) && file !== 'protocols/shapes.ts');
  expect(wrong).toEqual([]);
});
