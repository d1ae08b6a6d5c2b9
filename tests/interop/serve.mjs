// SPDX-License-Identifier: Apache-2.0
// Runs a sample with `mcpctl serve` on a free port of this machine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PRESETS = ['release', 'asan', 'dev'];
const PATIENCE_MS = 60_000;

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

const isOver = (child) => child.exitCode !== null || child.signalCode !== null;

/** Ends a program by SIGTERM. One that does not end within a minute is a failure, and is not left behind. */
export async function end(child) {
  if (isOver(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  const [, signal] = await ended;
  clearTimeout(timer);
  if (signal === 'SIGKILL') throw new Error(`${child.spawnfile} has not ended within ${PATIENCE_MS / 1000} s of SIGTERM`);
}

async function ready(url, child) {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  while (!isOver(child)) {
    const answer = await fetch(url, { signal: patience }).catch(() => null);
    if (answer?.ok) return;
    if (patience.aborted) throw new Error(`${url} is not ready within ${PATIENCE_MS / 1000} s`);
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
  const stop = () => end(child);
  try {
    await ready(`http://127.0.0.1:${own}/ready`, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://127.0.0.1:${own}/mcp`, stop };
}
