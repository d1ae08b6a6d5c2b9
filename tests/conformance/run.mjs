#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The official conformance suite in front of a stdio server: `mcpctl serve` with the fixture behind it.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { serve } from '../interop/serve.mjs';
import { serveReference } from './reference.mjs';
import { RUNS, runSuite } from './suite.mjs';

const HELP = `run.mjs: runs the official conformance suite, and prints what failed

  node run.mjs                    mcpctl serve -f everything.yaml, every run
  node run.mjs --fixture FILE     another resource of this folder
  node run.mjs --reference        the fixture behind the SDK's own HTTP transport, no endpoint
  node run.mjs --url URL          an endpoint that is there already
  node run.mjs --scenario NAME    only this scenario
  node run.mjs --revision 2025-11-25|2026-07-28   only the runs of this one

Exit code: 0 all that is required passes, without a warning; 1 something does not; 2 wrong usage.`;

const OPTIONS = {
  fixture: { type: 'string', default: 'everything.yaml' },
  reference: { type: 'boolean', default: false },
  url: { type: 'string' },
  scenario: { type: 'string' },
  revision: { type: 'string', default: '' },
  help: { type: 'boolean', short: 'h', default: false },
};

function options() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    const runs = RUNS.filter(({ title }) => title.startsWith(values.revision));
    if (runs.length === 0) throw new Error(`--revision ${values.revision}: allowed are 2025-11-25 and 2026-07-28`);
    return { ...values, runs };
  } catch (error) {
    console.error(`run.mjs: ${error.message}\n\n${HELP}`);
    process.exit(2);
  }
}

function endpoint({ url, reference, fixture }) {
  if (url) return { url, stop() {} };
  return reference ? serveReference() : serve(fileURLToPath(new URL(fixture, import.meta.url)));
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

/** Whether all that is required passes. */
function print({ title, code, signal, output, scenarios, missing }) {
  const scored = scenarios.filter((one) => one.scored);
  const unscored = scenarios.filter((one) => !one.scored);
  printRow(title, scored);
  for (const one of scored) if (!good(one)) printBad(title.slice(0, 10), one);
  if (unscored.length > 0) {
    printRow('  not scored', unscored);
    const failing = unscored.filter((one) => !good(one)).map(({ scenario }) => scenario);
    if (failing.length > 0) console.log(`      not passed: ${failing.join(', ')}`);
  }
  for (const scenario of missing) console.log(`    ${scenario}\n      was not run`);
  const passes = scored.length > 0 && missing.length === 0 && scored.every(good);
  if (passes === (code === 0)) return passes;
  console.log(`    the suite itself ended with ${signal ?? code}:\n${output.trimEnd().split('\n').slice(-12).join('\n')}`);
  return false;
}

const wanted = options();
if (wanted.help) {
  console.log(HELP);
  process.exit(0);
}
const { url, stop } = await endpoint(wanted);
let failed = 0;
try {
  for (const run of wanted.runs) {
    const result = await runSuite(url, run, run.title.replaceAll(' ', '-'), wanted.scenario);
    if (!print(result)) failed += 1;
  }
} finally {
  await stop();
}
console.log(`conformance: ${wanted.runs.length - failed} runs passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
