declare module "*.lua" {
  const text: string;
  export = text;
}

declare module "*.sql" {
  const text: string;
  export = text;
}

declare module "*.css" {
  const text: string;
  export = text;
}
