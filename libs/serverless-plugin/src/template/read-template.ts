import type { Template } from '../framework.ts';

/**
 * Gives each resource its properties. CloudFormation demands none of a topic, a bucket or a log group, and a template may leave them out.
 * @param template is changed, and returned
 */
export function withProperties(template: WrittenTemplate): Template {
  for (const [id, resource] of Object.entries(template.Resources)) {
    // The call of a macro among the resources is none.
    if (!id.startsWith('Fn::')) resource.Properties ??= {};
  }
  return template as Template;
}

/** @throws SyntaxError if the text is not JSON */
export function readTemplate(json: string): Template {
  return withProperties(JSON.parse(json) as WrittenTemplate);
}

/** A template as somebody wrote it. */
type WrittenTemplate = Omit<Template, 'Resources'> & {
  readonly Resources: Readonly<Record<string, { Properties?: Record<string, unknown> }>>;
};
