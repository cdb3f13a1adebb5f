// Reads `go test -json` from standard input: prints a line per package, the whole
// output of what failed, and every skip. Fails on failures, on skips (in CI whatever
// is missing must be installed) and when no test ran.
import { createInterface } from "node:readline";

const counts = { pass: 0, fail: 0, skip: 0 };
const output = new Map();
let broken = 0;

for await (const line of createInterface({ input: process.stdin })) {
  let event;
  try {
    event = JSON.parse(line);
  } catch {
    console.log(line); // not an event: the go command itself speaks
    continue;
  }
  const { Action, Package, Test, Output, ImportPath, Elapsed } = event;
  const key = `${Package ?? ImportPath} ${Test ?? ""}`;
  if (Output !== undefined) {
    output.set(key, (output.get(key) ?? "") + Output);
    continue;
  }
  if (Action === "build-fail") {
    broken++;
    console.log(`${output.get(`${ImportPath} `) ?? ""}FAIL ${ImportPath} does not build`);
    continue;
  }
  if (!["pass", "fail", "skip"].includes(Action)) continue;
  if (Test !== undefined) {
    counts[Action]++;
    if (Action === "fail") console.log(`--- FAIL ${key}\n${output.get(key) ?? ""}`);
    if (Action === "skip") console.log(`--- SKIP ${key}\n${output.get(key) ?? ""}`);
  } else if (Action !== "skip") {
    if (Action === "fail") {
      broken++;
      console.log(output.get(key) ?? "");
    }
    console.log(`${Action === "pass" ? "ok  " : "FAIL"} ${Package} ${Elapsed ?? 0}s`);
  }
}

console.log(`${counts.pass} passed, ${counts.fail} failed, ${counts.skip} skipped`);
if (counts.skip > 0) console.log("skips count as failures here");
process.exit(broken + counts.fail + counts.skip > 0 || counts.pass === 0 ? 1 : 0);
