// SPDX-License-Identifier: Apache-2.0
// The clients that walk through everything (walk.mjs says what), each a program that prints a JSON line a step.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PATIENCE_MS = 120_000;
const HERE = fileURLToPath(new URL('.', import.meta.url));
const BUILT = fileURLToPath(new URL('../../build/test/interop/', import.meta.url));

const node = (url, ...args) => [process.execPath, join(HERE, 'walk.mjs'), url, ...args];
const python = (url, era) => [process.env.PYTHON ?? 'python3', join(HERE, 'python/walk.py'), url, era];
const go = (url, era) => [join(BUILT, 'walk'), url, era];

/** What is built or brought before: the path of the Python packages stands in MCP_PYTHONPATH (cmake/install-deps.sh). */
export const ENVIRONMENT = {
  ...process.env,
  PYTHONPATH: process.env.MCP_PYTHONPATH ?? '',
  // mcp-remote keeps files in the home of the user otherwise
  MCP_REMOTE_CONFIG_DIR: mkdtempSync(join(tmpdir(), 'mooring-mcp-remote-')),
};

export const WALKERS = [
  { name: 'TypeScript SDK v1', era: 'legacy', command: (url) => node(url, 'v1', 'legacy') },
  { name: 'TypeScript SDK v2', era: 'legacy', command: (url) => node(url, 'v2', 'legacy') },
  { name: 'TypeScript SDK v2', era: 'modern', command: (url) => node(url, 'v2', 'modern') },
  { name: 'Python SDK', era: 'legacy', command: (url) => python(url, 'legacy') },
  { name: 'Python SDK', era: 'modern', command: (url) => python(url, 'modern') },
  { name: 'Go SDK', era: 'legacy', command: (url) => go(url, 'legacy') },
  { name: 'Go SDK', era: 'modern', command: (url) => go(url, 'modern') },
  // behind the bridge the client reads a pipe: it forgets a call's progress when the answer comes in the same read
  { name: 'mcp-remote', era: 'legacy', command: (url) => node(url, 'mcp-remote', 'legacy'), forgetful: true },
];

async function run(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with code ${code}`);
}

/** Builds the Go programs into the build folder, and answers their paths. */
export async function buildGo() {
  await run(process.env.GO ?? 'go', ['-C', join(HERE, 'go'), 'build', '-o', BUILT, './walk', './server']);
  return { walk: join(BUILT, 'walk'), server: join(BUILT, 'server') };
}

/** A walk under way: `until(step)` waits for a step, `steps` holds what each has found. */
export class Walk {
  steps = {};
  #child;
  #ended;
  #errors = '';
  #waiting = () => {};

  constructor([command, ...args]) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: ENVIRONMENT });
    this.#child.stderr.on('data', (chunk) => { this.#errors += chunk; });
    this.#child.stdin.on('error', () => {});
    this.#ended = once(this.#child, 'close').then(([code, signal]) => {
      this.#waiting();
      return signal ?? code;
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const { step, ...found } = JSON.parse(line);
      this.steps[step] = found;
      this.#waiting();
    });
  }

  async until(step) {
    const ended = () => this.#child.exitCode !== null || this.#child.signalCode !== null;
    const timer = setTimeout(() => {
      this.#errors += `\nnothing more came in ${PATIENCE_MS / 1000} s`;
      this.#child.kill('SIGKILL');
    }, PATIENCE_MS);
    while (!(step in this.steps) && !ended()) await new Promise((resolve) => { this.#waiting = resolve; });
    clearTimeout(timer);
    if (!(step in this.steps)) {
      throw new Error(`ended with ${await this.#ended} after "${Object.keys(this.steps).at(-1)}", before "${step}": ${this.#errors.slice(-2000)}`);
    }
    return this.steps[step];
  }

  goOn() {
    this.#child.stdin.write('go\n');
  }

  async stop() {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
