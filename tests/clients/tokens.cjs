// Counts what texts cost a model, in tokens of o200k.
//
// Usage: node tokens.cjs FOLDER < {"name": "text", ...}; FOLDER holds node_modules/gpt-tokenizer.

const fs = require("fs");
const path = require("path");
const { encode } = require(
  path.resolve(process.argv[2], "node_modules", "gpt-tokenizer", "cjs", "encoding", "o200k_base.js"),
);

const texts = JSON.parse(fs.readFileSync(0, "utf8"));
const counted = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, encode(text).length]));
process.stdout.write(JSON.stringify(counted));
