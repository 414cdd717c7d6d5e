import type { FURTHER_RULES, Schema } from './json-schema.ts';

/** The content of a body, by its media type. */
export interface Content {
  readonly content: Readonly<Record<string, { readonly schema: Schema; readonly example?: unknown }>>;
}

/** An operation of {@link OpenApiDocument}. */
export interface OpenApiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly deprecated?: boolean;
  readonly requestBody?: Content & { readonly required?: boolean };
  readonly responses: Readonly<Record<string, Response>>;
  /** The rules for the query or the path parameters as a whole, by the member of the operation. Who validates enforces them. */
  readonly [FURTHER_RULES]?: Readonly<Record<string, readonly string[]>>;
}

/** A response of an {@link OpenApiOperation}. */
export interface Response extends Partial<Content> {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Header>>;
}

/** A header of a {@link Response}. */
export interface Header {
  readonly description?: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

/** A parameter of an {@link OpenApiOperation}. */
export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
  readonly required?: boolean;
  readonly schema: Schema;
  readonly example?: unknown;
}

/** An OpenAPI document: the parts that the contract uses. See https://spec.openapis.org/oas/v3.1.0 */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly servers?: readonly unknown[];
  readonly security?: readonly unknown[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes?: Readonly<Record<string, unknown>>;
  };
}
