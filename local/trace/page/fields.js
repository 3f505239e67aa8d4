// The fields of a form, made from a tool's input schema (JSON Schema), and the arguments somebody gave in them.

import { element } from "./elements.js";

const LONG = /body|text|content|description|comment|message|wiql/;

export function fieldsOf(schema) {
  const required = new Set(schema.required ?? []);
  const names = Object.keys(schema.properties ?? {});
  // What must be given comes first.
  names.sort((one, other) => required.has(other) - required.has(one));
  return names.map((name) => field(name, schema.properties[name], schema, required.has(name)));
}

// The arguments, or null where something is missing or is no JSON; the browser then says what.
export function argumentsOf(fields) {
  const given = {};
  for (const each of fields) {
    each.input.setCustomValidity("");
    try {
      const value = each.input.value.trim() === "" ? undefined : each.read(each.input.value);
      if (value !== undefined) given[each.name] = value;
    } catch (error) {
      each.input.setCustomValidity(`This is not JSON: ${error.message}`);
    }
    if (!each.input.reportValidity()) return null;
  }
  return given;
}

function field(name, declared, root, required) {
  const schema = plain(declared, root);
  const { input, read, hint } = inputOf(name, schema);
  const id = `argument-${name}`;
  input.id = id;
  input.required = required;
  input.setAttribute("aria-describedby", `${id}-hint`);
  const fallback = declared.default ?? schema.default;
  const hints = [declared.description ?? schema.description, hint,
    fallback === undefined || fallback === null ? "" : `Default: ${JSON.stringify(fallback)}`];
  return {
    name, input, read,
    element: element("div", { class: "field" },
      element("label", { for: id }, name, required ? element("span", { class: "required" }, " required") : null),
      input,
      element("p", { class: "hint", id: `${id}-hint` }, hints.filter(Boolean).join(" "))),
  };
}

// A schema without references, and without the alternative of null.
function plain(schema, root) {
  if (schema.$ref) return plain({ ...root.$defs?.[schema.$ref.split("/").at(-1)], ...without(schema, "$ref") }, root);
  const options = schema.anyOf ?? schema.oneOf;
  if (!options) return schema;
  const real = options.map((each) => plain(each, root)).filter((each) => each.type !== "null");
  return { ...(real.length === 1 ? real[0] : {}), ...without(schema, "anyOf", "oneOf") };
}

function without(object, ...names) {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

function inputOf(name, schema) {
  if (schema.const !== undefined) return choice([schema.const]);
  if (schema.enum) return choice(schema.enum);
  switch (schema.type) {
    case "boolean": return choice([true, false]);
    case "integer":
    case "number": return number(schema);
    case "string": return words(name, schema);
    case "array": return lines(schema) ?? json("A JSON array.");
    default: return json(schema.type === "object" ? "A JSON object." : "A JSON value.");
  }
}

function choice(values) {
  const options = values.filter((value) => value !== null)
    .map((value) => element("option", { value: JSON.stringify(value) }, String(value)));
  return { input: element("select", {}, element("option", { value: "" }, "not given"), options), read: JSON.parse, hint: "" };
}

function number(schema) {
  const attributes = {
    type: "number", min: schema.minimum, max: schema.maximum, step: schema.type === "integer" ? 1 : "any",
  };
  return { input: element("input", attributes), read: Number, hint: "" };
}

function words(name, schema) {
  const input = LONG.test(name) || schema.maxLength > 1000
    ? element("textarea", { rows: 3 }) : element("input", { type: "text", autocomplete: "off" });
  const formats = { "date-time": "A time such as 2031-03-03T09:00:00Z.", date: "A date such as 2031-03-03." };
  return { input, read: String, hint: formats[schema.format] ?? "" };
}

function lines(schema) {
  const { type, enum: choices } = schema.items ?? {};
  if (type !== "string") return null;
  const read = (value) => value.split("\n").map((each) => each.trim()).filter(Boolean);
  return { input: element("textarea", { rows: 2 }), read, hint: `One in each line${choices ? `: ${choices.join(", ")}` : ""}.` };
}

function json(hint) {
  return { input: element("textarea", { rows: 3, spellcheck: "false" }), read: JSON.parse, hint };
}
