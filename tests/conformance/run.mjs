#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The official conformance suite in front of a stdio server: `mcpctl serve` with the fixture behind it.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { serve } from '../interop/serve.mjs';
import { serveReference } from './reference.mjs';
import { RUNS, runSuite } from './suite.mjs';

const HELP = `run.mjs: runs the official conformance suite, and prints what failed

  node run.mjs                    mcpctl serve -f everything.yaml, every run
  node run.mjs --cross            backends of one generation only; what cannot pass there stands in cross.yaml
  node run.mjs --fixture FILE     another resource of this folder
  node run.mjs --reference        the fixture behind the SDK's own HTTP transport, no endpoint
  node run.mjs --url URL          an endpoint that is there already
  node run.mjs --scenario NAME    only this scenario
  node run.mjs --revision DATE            only the runs of 2025-06-18, 2025-11-25 or 2026-07-28

Exit code: 0 all that is required passes, without a warning; 1 something does not; 2 wrong usage.`;

const OPTIONS = {
  cross: { type: 'boolean', default: false },
  fixture: { type: 'string', default: 'everything.yaml' },
  reference: { type: 'boolean', default: false },
  url: { type: 'string' },
  scenario: { type: 'string' },
  revision: { type: 'string', default: '' },
  help: { type: 'boolean', short: 'h', default: false },
};
const beside = (file) => fileURLToPath(new URL(file, import.meta.url));

function options() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    const runs = RUNS.filter(({ title }) => title.startsWith(values.revision));
    if (runs.length === 0) throw new Error(`--revision ${values.revision}: allowed are 2025-06-18, 2025-11-25 and 2026-07-28`);
    return { ...values, runs };
  } catch (error) {
    console.error(`run.mjs: ${error.message}\n\n${HELP}`);
    process.exit(2);
  }
}

const good = ({ bad }) => bad.length === 0;
const count = (list, keep) => `${list.filter(keep).length}/${list.length}`;
const sum = (list, value) => list.reduce((total, one) => total + value(one), 0);

function printRow(label, list) {
  const checks = `${sum(list, ({ passed }) => passed)} checks passed, ${sum(list, ({ bad }) => bad.length)} did not`;
  console.log(`  ${label.padEnd(36)} ${count(list, good).padStart(6)} scenarios   ${checks}`);
}

/** The whole suite holds what is required too: what is wrong is told once. */
const told = new Set();

function printBad(revision, { scenario, bad }) {
  if (told.has(`${revision} ${scenario}`)) return;
  told.add(`${revision} ${scenario}`);
  console.log(`    ${scenario}`);
  for (const { id, status, errorMessage } of bad) console.log(`      ${status.toLowerCase()} ${id}: ${errorMessage ?? ''}`);
}

function printUnscored(list) {
  if (list.length === 0) return;
  printRow('  not scored', list);
  const failing = list.filter((one) => !good(one)).map(({ scenario }) => scenario);
  if (failing.length > 0) console.log(`      not passed: ${failing.join(', ')}`);
}

/** Prints a run, and answers whether all passes that is required and can: `cannot` says of some scenarios why not. */
function judge({ title, code, signal, output, scenarios, missing }, cannot = {}) {
  const scored = scenarios.filter((one) => one.scored);
  printRow(title, scored);
  const failing = scored.filter((one) => !good(one));
  for (const one of failing) {
    if (cannot[one.scenario]) console.log(`    ${one.scenario} cannot: ${cannot[one.scenario]}`);
    else printBad(title.slice(0, 10), one);
  }
  const stale = Object.keys(cannot).filter((scenario) => !failing.some((one) => one.scenario === scenario));
  for (const scenario of stale) console.log(`    ${scenario}\n      passes, though it is listed as one that cannot`);
  for (const scenario of missing) console.log(`    ${scenario}\n      was not run`);
  printUnscored(scenarios.filter((one) => !one.scored));
  const whole = scored.length > 0 && missing.length === 0 && failing.length === 0;
  if (whole !== (code === 0)) {
    console.log(`    the suite itself ended with ${signal ?? code}:\n${output.trimEnd().split('\n').slice(-12).join('\n')}`);
    return false;
  }
  return missing.length === 0 && stale.length === 0 && failing.every(({ scenario }) => cannot[scenario]);
}

function endpoint({ url, reference, fixture }) {
  if (url) return { url, stop() {} };
  return reference ? serveReference() : serve(beside(fixture));
}

/** Answers how many runs did not pass. */
async function runAll(wanted, runs, cannot = {}) {
  const { url, stop } = await endpoint(wanted);
  let failed = 0;
  told.clear();
  try {
    for (const run of runs) {
      const folder = `${wanted.fixture}-${run.title}`.replaceAll(' ', '-');
      if (!judge(await runSuite(url, run, folder, wanted.scenario), cannot[run.title])) failed += 1;
    }
  } finally {
    await stop();
  }
  return failed;
}

async function runCross(wanted) {
  const reasons = parse(await readFile(beside('cross.yaml'), 'utf8'));
  const runs = wanted.runs.filter(({ requirements }) => requirements);
  let failed = 0;
  for (const [fixture, cannot] of Object.entries(reasons)) {
    console.log(`a backend that speaks only the ${fixture} generation`);
    failed += await runAll({ ...wanted, fixture: `${fixture}.yaml` }, runs, cannot);
  }
  return { failed, total: runs.length * Object.keys(reasons).length };
}

const wanted = options();
if (wanted.help) {
  console.log(HELP);
  process.exit(0);
}
const { failed, total } = wanted.cross
  ? await runCross(wanted)
  : { failed: await runAll(wanted, wanted.runs), total: wanted.runs.length };
console.log(`conformance: ${total - failed} runs passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
