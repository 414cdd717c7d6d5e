import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './lib/project.ts';

/** What ships, and the scripts. Tests, examples and programs that are shown have their own small worlds. */
function sources(): readonly string[] {
  return ['libs/*/src/**/*.{ts,tsx}', 'services/*/src/**/*.ts', 'scripts/**/*.ts']
    .flatMap((pattern) => globSync(pattern, { cwd: projectRoot, exclude: ['**/node_modules/**'] }))
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !/\.test(-d)?\.tsx?$|\.testing\.tsx?$/.test(file))
    .filter((file) => !/^scripts\/(?:test-packages|e2e\/sample|bench\/peers)\//.test(file));
}

/** The names that a text declares and exports. */
function exportedNames(text: string): readonly string[] {
  const declarations =
    /^export (?:declare )?(?:abstract )?(?:async )?(?:const|function\*?|class|type|interface) (\w+)/gm;
  return [...new Set([...text.matchAll(declarations)].map(([, name = '']) => name))];
}

/** The files that export a name, for each name that several export. */
function homonymsOf(texts: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, string[]>();
  for (const [file, text] of texts) {
    for (const name of exportedNames(text)) files.set(name, [...(files.get(name) ?? []), file]);
  }
  return new Map([...files].filter(([, those]) => those.length > 1));
}

const texts = new Map(sources().map((file) => [file, readFileSync(join(projectRoot, file), 'utf8')]));
const homonyms = homonymsOf(texts);

/** The names that may stand for several things, with how many files export each. Make the list shorter, not longer. */
const STAYING: Readonly<Record<string, string>> = {
  // The same thing, twice: a package that is installed alone has its own, or its engine knows no other package.
  'one thing, in packages that stand alone': `
    ACCESS_MODES×2 defined×2 IDEMPOTENCY_KEY_HEADER×2 isObject×2 isoSeconds×2 JsonObject×2 Json×3
    LambdaContext×3 Manifest×2 parseJson×2 PROBLEM_CONTENT_TYPE×2 projectRoot×3 propertiesOf×3
    QueryValue×3 readManifest×2 REQUEST_IN_PROGRESS×2 VERIFY_USER_AGENT×2 withoutCapital×2 words×2
`,
  // Each service of local AWS has the same files, and each function of the pair has a handler.
  'the same role in neighbouring rooms': `
    accessDenied×2 conflict×2 domainNameTypes×2 explainCommand×2 handler×5 notFound×2 operationsOn×2
    operation×6 pageOf×2 paging×3 policyOperations×2 run×3 startCommand×2 validationError×3
`,
  // Each is at home in its own rooms. A reader who meets one has no need of the other.
  'different things, each in its own rooms': `
    AccessKey×2 AccountFacts×2 accountId×2 accountsOf×2 Account×2 Address×2 ANONYMOUS×2 ApiFunction×2
    ApiResponse×2 AssumedRole×2 assumeRole×2 Attempt×2 Bundles×2 Bundle×2 callerOf×2 changesOf×2
    Change×2 checkCalls×2 checkCredentials×2 checkFunctions×2 checkNames×2 compare×2 Connection×2
    DEFAULT_LIMITS×2 DEFAULT_STAGE×2 DeployedApi×2 describeApi×2 essence×2 explain×2 Fault×2
    FunctionFacts×2 FunctionUrl×2 Headers×2 Instance×2 InvalidResponse×2 InvokeRole×2 isPublic×2
    itemsOf×2 LambdaFunction×2 Link×2 listOf×2 Load×3 localProfile×2 Mapping×2 named×2 nameOf×3
    OpenApiDocument×2 operationOf×2 Pair×2 Parameter×2 parsePs×2 passRole×2 pathOf×2
    Permission×2 print×2 Problem×2 Profiles×2 queryParameters×2 RawResponse×2 readFailure×2
    readHeaders×2 readNumber×2 readOutputs×2 readRequest×3 readTemplate×2 Refusal×3 renderComparison×3
    RenderOptions×2 requiredPermissions×2 Resource×2 routeOf×2 RouteSettings×2 Route×2 runCommand×2
    samplesOf×2 Schema×2 scopeOf×3 SdkSettings×2 Sender×2 Service×3 Session×2 stageArn×2 StageSettings×2
    Stage×2 Started×2 start×2 statementsFor×2 Steps×2 Step×2 summaryOf×2 tagsIn×2 Template×2 Terminal×2
    textOf×2 text×2 timeout×2 Trace×2 Unread×2 Usage×2 valuesOf×2 variablesOf×2 Variables×2 VARIABLE×2
    Verdict×2
`,
};

const staying = new Map(
  Object.values(STAYING).flatMap((list) =>
    [...list.matchAll(/(\w+)×(\d+)/g)].map(([, name = '', count]) => [name, Number(count)] as const),
  ),
);

test('an exported name means one thing, unless the list says that it stays', () => {
  expect(texts.size).toBeGreaterThan(700);
  const refused = [...homonyms].filter(([name, files]) => files.length > (staying.get(name) ?? 1));
  expect(
    refused.map(([name, files]) => `${name}: ${files.join(', ')}. Give the new one another name.`),
  ).toEqual([]);
});

test('the list of homonyms has only names that are still some, and as often', () => {
  const gone = [...staying].filter(([name, count]) => (homonyms.get(name)?.length ?? 1) < count);
  expect(gone).toEqual([]);
});

test('the check of names finds a name that two files export, as a type or a value', () => {
  const found = homonymsOf(
    new Map([
      ['a.ts', 'export interface Caller {}\nexport const caller = 1;\n'],
      ['b.ts', 'export type Caller<T> = T;\nconst caller = 2;\n'],
      ['c.ts', 'export { Caller } from "./a.ts";\n'],
    ]),
  );
  expect([...found]).toEqual([['Caller', ['a.ts', 'b.ts']]]);
});
