/** What a schema of the OpenAPI document says of a value, as far as requests are made of it. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly $ref?: string;
}

/** One way to call the API. */
export interface Route {
  readonly method: string;
  /** With parameters in braces. */
  readonly path: string;
  readonly query: readonly { readonly name: string; readonly schema: Schema }[];
  /** By media type. */
  readonly bodies: readonly (readonly [mediaType: string, schema: Schema])[];
}

interface Operation {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** Pages for browsers are not in the document. */
const PAGES: readonly Route[] = [
  ["GET", "/a01/devices"],
  ["POST", "/a01/devices/close"],
  ["POST", "/a01/devices/close-others"],
  ["POST", "/a01/devices/close-all"],
  ["POST", "/a01/devices/{id}/close"],
].map(([method = "", path = ""]) => ({ method, path, query: [], bodies: [] }));

/** Every route that the service's own document names, and the pages. */
export async function routesOf(origin: string): Promise<readonly Route[]> {
  const document = (await (await fetch(`${origin}/openapi.json`)).json()) as Document;
  const named = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) =>
      routeOf(method, path, operation, document),
    ),
  );
  return [...named, ...PAGES];
}

function routeOf(
  method: string,
  path: string,
  { parameters = [], requestBody }: Operation,
  { components }: Document,
): Route {
  const resolved = ({ $ref, ...schema }: Schema): Schema =>
    $ref === undefined ? schema : (components.schemas[$ref.split("/").at(-1) ?? ""] ?? {});
  return {
    method: method.toUpperCase(),
    path,
    query: parameters.filter((parameter) => parameter.in === "query"),
    bodies: Object.entries(requestBody?.content ?? {}).map(
      ([mediaType, { schema }]) => [mediaType, resolved(schema)] as const,
    ),
  };
}
