// SPDX-License-Identifier: Apache-2.0
// Runs a sample with `mcpctl serve` on a free port of this machine.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
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

/** Answers {url, stop} once every backend of the sample is ready. */
export async function serve(sample) {
  const [port, admin] = [await freePort(), await freePort()];
  const args = ['serve', '-f', `${ROOT}manifests/samples/${sample}`, '--port', String(port), '--admin-port', String(admin)];
  const child = spawn(mcpctl(), args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    await ready(`http://127.0.0.1:${port}/ready`, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}/mcp`, stop };
}
