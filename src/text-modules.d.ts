/** Files imported as text: `import sql from "./x.sql" with { type: "text" }`. Bundled into the executable. */
declare module "*.sql" {
  const text: string;
  export default text;
}

declare module "*.lua" {
  const text: string;
  export default text;
}
