import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { DocumentedService } from '../../libs/iam/src/aws/errors.ts';

const require = createRequire(import.meta.url);

/** The services whose errors are explained, with the packages of the SDK that have their models. */
const services = [
  ['AWS STS', ['sts']],
  ['Amazon API Gateway', ['api-gateway', 'apigatewayv2']],
  ['AWS Lambda', ['lambda']],
  ['AWS IAM', ['iam']],
  ['AWS CloudFormation', ['cloudformation']],
] as const;

/** The errors of the services with AWS's own sentences, from the models of the SDK's clients that are installed. */
export function errorsOfAws(): readonly DocumentedService[] {
  return services.map(([service, packages]) => {
    const clients = packages.map((name) => `@aws-sdk/client-${name}`);
    const errors = new Map<string, string[]>();
    for (const { names, says } of clients.flatMap(errorsOfClient))
      errors.set(says, [...new Set([...(errors.get(says) ?? []), ...names])].toSorted());
    return [
      service,
      [...new Set(clients.flatMap(operationsOf))].toSorted().join(' '),
      Object.fromEntries([...errors].map(([says, names]) => [names.join(' '), says])),
    ];
  });
}

function operationsOf(client: string): string[] {
  return Object.keys(require(client) as object).flatMap(
    (name) => /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? [],
  );
}

/** The names of an error are that of its class and, in the Query protocol, that on the wire. */
function errorsOfClient(client: string): { readonly names: readonly string[]; readonly says: string }[] {
  const exported = require(client) as Readonly<Record<string, unknown>>;
  const folder = join(dirname(require.resolve(client)), '..');
  const types = readFileSync(join(folder, 'dist-types/models/errors.d.ts'), 'utf8');
  return [...types.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport declare class (\w+)/g)].flatMap(
    ([, comment = '', name = '']) => {
      const says = firstSentences(comment);
      return says === '' ? [] : [{ names: [name, ...codeOnWire(exported[`${name}$`])], says }];
    },
  );
}

/** A schema of an error is a list, whose fourth item has its traits. */
function codeOnWire(schema: unknown): string[] {
  const traits: unknown = Array.isArray(schema) ? schema[3] : undefined;
  const [code]: readonly unknown[] =
    typeof traits === 'object' &&
    traits !== null &&
    'awsQueryError' in traits &&
    Array.isArray(traits.awsQueryError)
      ? traits.awsQueryError
      : [];
  return typeof code === 'string' ? [code] : [];
}

/** A few lines are enough: the first paragraph without its markup, and not much more than 300 characters of it. */
function firstSentences(comment: string): string {
  const [, paragraph = ''] = /<p>([\s\S]*?)<\/p>/.exec(comment.replace(/^ *\* ?/gm, '')) ?? [];
  const text = paragraph
    .replace(/<[^>]+>/g, '')
    .replace(/\s+/g, ' ')
    .replaceAll('&amp;', '&')
    .trim();
  const end = text.slice(300).search(/\. /);
  return end < 0 ? text : text.slice(0, 300 + end + 1);
}
