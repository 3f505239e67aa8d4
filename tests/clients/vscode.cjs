// Checks and changes arguments as VS Code does before it calls a tool: Ajv with coerceTypes.
//
// Usage: node vscode.cjs FOLDER < {"schemas": {name: schema}, "calls": [[name, arguments], ...]}
// FOLDER holds node_modules/ajv. Prints {"refused": {name: error}, "calls": [{"error", "arguments"}, ...]}.

const fs = require("fs");
const path = require("path");
const Ajv = require(path.resolve(process.argv[2], "node_modules", "ajv")).default;

const { schemas, calls } = JSON.parse(fs.readFileSync(0, "utf8"));
const ajv = new Ajv({ coerceTypes: true, logger: false });
const checks = {};
const refused = {};
for (const [name, schema] of Object.entries(schemas)) {
  try {
    checks[name] = ajv.compile(schema);
  } catch (error) {
    refused[name] = String(error);
  }
}
const checked = calls.map(([name, values]) => {
  const holder = structuredClone(values);
  const error = checks[name] && !checks[name](holder) ? ajv.errorsText(checks[name].errors) : null;
  return { error, arguments: holder };
});
process.stdout.write(JSON.stringify({ refused, calls: checked }));
