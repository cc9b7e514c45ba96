// JSONata in Node: reads NDJSON, writes NDJSON.
// Called with: where the package is installed, the expression's file, the input, the output.
import { createReadStream, createWriteStream, readFileSync } from "node:fs";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [home, expressionFile, source, target] = process.argv.slice(2);
const jsonata = createRequire(`${home}/`)("jsonata");
const expression = jsonata(readFileSync(expressionFile, "utf8"));
const output = createWriteStream(target, { highWaterMark: 1 << 20 });
for await (const line of createInterface({ input: createReadStream(source) })) {
  const made = await expression.evaluate(JSON.parse(line));
  if (!output.write(JSON.stringify(made) + "\n")) await once(output, "drain");
}
output.end();
await once(output, "finish");
