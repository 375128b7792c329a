// Builds the page into internal/page/dist, or into the folder that is named. The same sources
// and packages give the same bytes. sources.sha256 says what it was built from.
import {build} from "esbuild";
import {createHash} from "node:crypto";
import {cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from "node:fs";
import {dirname, join} from "node:path";
import {fileURLToPath} from "node:url";

const web = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(web, "../internal/page/dist");

rmSync(out, {recursive: true, force: true});
mkdirSync(out, {recursive: true});
await build({
  absWorkingDir: web,
  entryPoints: {app: "src/main.tsx", style: "src/style.css"},
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "eof", // the licenses of the libraries go with them
  logLevel: "warning",
});
cpSync(join(web, "src/index.html"), join(out, "index.html"));
cpSync(join(web, "src/icon.svg"), join(out, "icon.svg"));

const files = ["build.mjs", "package.json", "package-lock.json", "tsconfig.json", ...readdirSync(join(web, "src")).map((name) => "src/" + name)];
const hash = createHash("sha256");
for (const name of files.sort()) {
  const text = readFileSync(join(web, name));
  hash.update(`${name} ${text.length}\n`).update(text);
}
writeFileSync(join(out, "sources.sha256"), hash.digest("hex") + "\n");
