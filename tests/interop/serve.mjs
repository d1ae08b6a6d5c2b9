// SPDX-License-Identifier: Apache-2.0
// Runs a sample with `mcpctl serve` on a free port of this machine.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PRESETS = ['release', 'asan', 'dev'];

function mcpctl() {
  const built = PRESETS.map((preset) => `${ROOT}build/${preset}/operator/mcpctl`);
  const found = [process.env.MOORING_MCPCTL, ...built].find((path) => path && existsSync(path));
  if (!found) throw new Error('no mcpctl is built: run make build, or set MOORING_MCPCTL or MOORING_URL');
  return found;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

async function ready(url, child) {
  while (child.exitCode === null && child.signalCode === null) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`mcpctl serve ended with code ${child.exitCode}`);
}

/** `node` in a resource is the Node that runs this. */
function environment() {
  return { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) };
}

/** Answers {url, stop} once every backend of the resource is ready: a sample by its name, or any file by its whole path. */
export async function serve(file, port) {
  const [own, admin] = [port ?? await freePort(), await freePort()];
  const path = resolve(ROOT, 'manifests/samples', file);
  const args = ['serve', '-f', path, '--port', String(own), '--admin-port', String(admin)];
  const child = spawn(mcpctl(), args, { stdio: ['ignore', 'inherit', 'inherit'], env: environment() });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    await ready(`http://127.0.0.1:${own}/ready`, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://127.0.0.1:${own}/mcp`, stop };
}
