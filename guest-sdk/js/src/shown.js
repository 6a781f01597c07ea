// Values as a line for people.

/** How deep an object is shown. */
const DEPTH = 4;

/** A value as `console.log` prints it. */
export function shown(value) {
  return typeof value === "string" ? value : inner(value, DEPTH, []);
}

function inner(value, depth, above) {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "bigint":
      return `${value}n`;
    case "function":
      return `[function ${value.name || "without a name"}]`;
    case "object":
      return value === null ? "null" : object(value, depth, above);
    default:
      return String(value);
  }
}

function object(value, depth, above) {
  if (isError(value)) return `${value.name}: ${value.message}`;
  if (above.includes(value)) return "[itself]";
  if (depth === 0) return "...";
  const below = (part) => inner(part, depth - 1, [...above, value]);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return `[${Array.from(value, below).join(", ")}]`;
  }
  if (value instanceof Map) return `Map ${below(Object.fromEntries(value))}`;
  if (value instanceof Set) return `Set ${below([...value])}`;
  if (value instanceof Date) return value.toISOString();
  const entries = Object.entries(value).map(([name, part]) => `${name}: ${below(part)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** Errors of bindings come from another realm, where `instanceof` does not see them. */
export function isError(value) {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}
