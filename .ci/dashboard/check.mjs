// Judges a Grafana dashboard by Grafana's own types: node check.mjs DASHBOARD.json. The dashboard becomes a literal in TypeScript, so that the compiler says
// of each key that Grafana does not know it, and of each value that it is not one that Grafana takes. What may be left out Grafana fills in.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const sdk = "@grafana/grafana-foundation-sdk";
const dashboard = JSON.parse(readFileSync(process.argv[2], "utf8"));
const kinds = [...new Set(dashboard.panels.map((p) => p.type))];

// A panel's options and queries are `any` in the dashboard's type: each kind has its own. Enums are compared as what stands in JSON.
const types = `
import type * as dashboard from "${sdk}/dashboard";
import type * as prometheus from "${sdk}/prometheus";
${kinds.map((k) => `import type * as ${k} from "${sdk}/${k}";`).join("\n")}
type InJSON<T> = T extends string ? \`\${T}\` : T extends (infer U)[] ? InJSON<U>[] : T extends object ? { [K in keyof T]?: InJSON<T[K]> } : T;
type Config<C> = Omit<InJSON<dashboard.FieldConfigSource>, "defaults"> & { defaults: InJSON<Omit<dashboard.FieldConfig, "custom">> & { custom?: InJSON<C> } };
type Query = InJSON<Omit<prometheus.Dataquery, "_implementsDataqueryVariant">>;
type Panel<K, O, C> = Omit<InJSON<dashboard.Panel>, "type" | "options" | "targets" | "fieldConfig"> &
	{ type: K; options: InJSON<O>; targets: Query[]; fieldConfig: Config<C> };
`;
const custom = (k) => (/interface FieldConfig\b|FieldConfig =/.test(readFileSync(join(here, "node_modules", sdk, "dist", k, "types.gen.d.ts"), "utf8")) ? `${k}.FieldConfig` : "never");
const { panels, ...rest } = dashboard;
const text = [
	types,
	`export const board: Omit<InJSON<dashboard.Dashboard>, "panels"> = ${JSON.stringify(rest, null, 1)};`,
	...panels.map((p, i) => `/* ${p.title} */ export const panel${i}: Panel<"${p.type}", ${p.type}.Options, ${custom(p.type)}> = ${JSON.stringify(p, null, 1)};`),
].join("\n");

const work = mkdtempSync(join(here, "check-")); // beside node_modules, where the imports are found
try {
	writeFileSync(join(work, "dashboard.ts"), text);
	const { status, stdout, stderr, error } = spawnSync(join(here, "node_modules/.bin/tsc"),
		["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext", "--types", "", join(work, "dashboard.ts")], { encoding: "utf8" });
	if (error) throw error;
	process.stdout.write(stdout + stderr);
	if (status === 0) console.log(`${panels.length} panels, each as Grafana's types have it`);
	process.exitCode = status;
} finally {
	rmSync(work, { recursive: true });
}
