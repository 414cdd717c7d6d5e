import { FURTHER_RULES, SCHEMAS, type Schema } from './json-schema.ts';
import type { OpenApiDocument } from './openapi-document.ts';

/** A rule that JSON Schema cannot express. */
export interface FurtherRule {
  /** The operation, its part and the field. @example 'createOrder.request.items[].price' */
  readonly where: string;
  /** @example 'check: must be an IBAN' */
  readonly rule: string;
}

/** Lists the rules of an API that JSON Schema cannot express. Who validates enforces them. */
export function furtherRulesOf(document: OpenApiDocument): readonly FurtherRule[] {
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  return operations.flatMap(({ operationId, ...operation }) => {
    const found: FurtherRule[] = [];
    const seen = new Set<unknown>();
    const visit = (where: string, schema: unknown): void => {
      if (!isSchema(schema)) return;
      const reference = typeof schema.$ref === 'string' ? schema.$ref : undefined;
      if (reference !== undefined) {
        if (seen.has(reference)) return;
        seen.add(reference);
        visit(where, document.components.schemas[reference.slice(SCHEMAS.length)]);
      }
      const rules: unknown = schema[FURTHER_RULES];
      if (Array.isArray(rules)) found.push(...rules.map((rule) => ({ where, rule: String(rule) })));
      for (const [name, one] of Object.entries(asSchema(schema.properties))) visit(`${where}.${name}`, one);
      for (const one of [schema.items, ...asList(schema.prefixItems)]) visit(`${where}[]`, one);
      visit(`${where}.*`, schema.additionalProperties);
      visit(`${where} (name)`, schema.propertyNames);
      for (const name of ['anyOf', 'oneOf', 'allOf'])
        for (const one of asList(schema[name])) visit(where, one);
    };
    for (const [part, rules] of Object.entries(operation[FURTHER_RULES] ?? {})) {
      found.push(...rules.map((rule) => ({ where: `${operationId}.${part}`, rule })));
    }
    for (const { in: place, name, schema } of operation.parameters ?? []) {
      visit(`${operationId}.${PARTS[place] ?? place}.${name}`, schema);
    }
    for (const { schema } of Object.values(operation.requestBody?.content ?? {})) {
      visit(`${operationId}.request`, schema);
    }
    for (const { content = {}, headers = {} } of Object.values(operation.responses)) {
      for (const [name, { schema }] of Object.entries(headers)) {
        visit(`${operationId}.responseHeaders.${name}`, schema);
      }
      for (const { schema } of Object.values(content)) visit(`${operationId}.response`, schema);
    }
    return found;
  });
}

/** The member of an operation for the place of a parameter. */
const PARTS: Readonly<Record<string, string>> = { path: 'pathParameters', header: 'headers' };

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asSchema(value: unknown): Schema {
  return isSchema(value) ? value : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
