/** What a JSON text is made of: names and kinds of value, not the values. Lists are told by their first member. */
export function shapeOf(text: string): unknown {
  return shape(JSON.parse(text.slice(text.search(/^[[{]/m))));
}

function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shape(value[0])];
  if (value === null || typeof value !== "object") return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shape(each)]));
}
