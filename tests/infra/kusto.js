// Reads {"tables": {name: columns}, "queries": {name: text}} and prints what Kusto's own language service finds
// wrong in each query, as {name: [text]}.
require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');

const { tables, queries } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const known = Object.entries(tables)
  .map(([name, columns]) => `let ${name} = datatable(${columns})[];\n`)
  .join('');
const found = {};
for (const [name, text] of Object.entries(queries)) {
  const code = Kusto.Language.KustoCode.ParseAndAnalyze(known + text, Kusto.Language.GlobalState.Default);
  const diagnostics = code.GetDiagnostics();
  found[name] = Array.from({ length: diagnostics.Count }, (_, place) => diagnostics.getItem(place).Message);
}
console.log(JSON.stringify(found));
