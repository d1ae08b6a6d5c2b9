// SPDX-License-Identifier: Apache-2.0
// Replicas of one endpoint as a Deployment runs them: mcp-server processes with one ring of keys and a balancer before them.
import { fork, spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { within } from '../conformance/wire.mjs';
import { end } from '../interop/serve.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PRESETS = ['release', 'asan', 'dev'];
const PATIENCE_MS = 60_000;
const LOGS = join(ROOT, 'build/test/replicas');
const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const HELLO = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'replicas', version: '1.0.0' } },
};

function program() {
  const built = PRESETS.map((preset) => `${ROOT}build/${preset}/server/mcp-server`);
  const found = [process.env.MOORING_SERVER, ...built].find((path) => path && existsSync(path));
  if (!found) throw new Error('no mcp-server is built: run make build, or set MOORING_SERVER');
  return found;
}

async function isFree(port) {
  const probe = createServer().listen(port, '127.0.0.1');
  const free = await once(probe, 'listening').then(() => true, () => false);
  if (free) await new Promise((done) => { probe.close(done); });
  return free;
}

/** Below those that the machine gives away of its own accord: a replica that ends finds its port again. */
async function freePorts(count) {
  const [given] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split('\t');
  const lowest = Math.max(Number(given), 20_000);
  const ports = new Set();
  while (ports.size < count) {
    const port = randomInt(lowest >> 1, lowest);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

/** A minute long, and as long as `progress()` is another one than a minute before. */
export async function until(condition, what, progress = () => 0) {
  let [seen, late] = [progress(), Date.now() + PATIENCE_MS];
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (progress() !== seen) [seen, late] = [progress(), Date.now() + PATIENCE_MS];
    if (Date.now() > late) throw new Error(`${what}: not in ${PATIENCE_MS / 1000} s`);
    await pause(20);
  }
}

/** A file that is exchanged as the kubelet does it: behind a link to a folder, which is replaced as a whole. */
class KeyRing {
  #folder;
  #version = 0;

  constructor(folder) {
    this.#folder = folder;
    symlinkSync('..data/ring.json', this.path);
  }

  get path() {
    return join(this.#folder, 'ring.json');
  }

  write(keys) {
    this.#version += 1;
    const [name, link] = [`..${this.#version}`, join(this.#folder, '..data')];
    mkdirSync(join(this.#folder, name));
    writeFileSync(join(this.#folder, name, 'ring.json'), JSON.stringify({ keys }));
    symlinkSync(name, `${link}_new`);
    renameSync(`${link}_new`, link);
    rmSync(join(this.#folder, `..${this.#version - 1}`), { recursive: true, force: true });
  }
}

export const newKey = (id) => ({ id, secret: randomBytes(32).toString('base64url') });

/** What a token is sealed with: its second byte is the length of the key's id, which follows. */
const keyOf = (token) => {
  const bytes = Buffer.from(token, 'base64url');
  return bytes.subarray(2, 2 + bytes[1]).toString();
};

class Replica {
  #settings;
  #arguments;
  #log;
  #process;
  #ended;

  constructor({ settings, port, admin, others, folder }) {
    [this.port, this.admin] = [port, admin];
    this.lives = 0;
    this.isServing = false;
    this.#settings = join(folder, `${port}.json`);
    writeFileSync(this.#settings, JSON.stringify({
      ...settings,
      listen: { address: '127.0.0.1', port, threads: 1 },
      admin: { address: '127.0.0.1', port: admin },
    }));
    this.#arguments = ['--advertise', `127.0.0.1:${port}`, '--peers', others.map((other) => `127.0.0.1:${other}`).join(',')];
    this.#log = openSync(join(LOGS, `${port}.log`), 'w');
  }

  get url() {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  async start() {
    this.lives += 1;
    this.excused = 0;
    const args = ['serve', '--settings', this.#settings, ...this.#arguments];
    this.#process = spawn(program(), args, { stdio: ['ignore', this.#log, this.#log] });
    this.#ended = once(this.#process, 'exit');
    await until(async () => {
      if (this.#process.exitCode !== null) throw new Error(`mcp-server ended with ${this.#process.exitCode}: see ${LOGS}`);
      return await this.readiness() === 200;
    }, `replica ${this.port}`);
    this.readyAt = performance.now();
    this.isServing = true;
  }

  async readiness() {
    const answer = await fetch(`http://127.0.0.1:${this.admin}/ready`).catch(() => undefined);
    await answer?.arrayBuffer();
    return answer?.status;
  }

  /** Whether it has told that one more of the other replicas could not be told of the end of a session. */
  async hasNotTold() {
    this.excused += 1;
    return await this.metric('mooring_hops_total{outcome="not_told"}') >= this.excused;
  }

  /** The value of a metric, by its name and labels as they are printed. */
  async metric(name) {
    const page = await (await fetch(`http://127.0.0.1:${this.admin}/metrics`)).text();
    const line = page.split('\n').find((one) => one.startsWith(`${name} `));
    return Number(line?.slice(name.length + 1));
  }

  /** The id of the key that new sessions are sealed with. */
  async sealingKey() {
    const answer = await fetch(this.url, { method: 'POST', headers: HEADERS, body: JSON.stringify(HELLO) });
    await answer.arrayBuffer();
    return keyOf(answer.headers.get('mcp-session-id'));
  }

  terminate() {
    this.isServing = false;
    this.#process.kill('SIGTERM');
  }

  async ended() {
    const [code, signal] = await within(this.#ended, `the end of replica ${this.port}`, 2 * PATIENCE_MS);
    return code ?? signal;
  }

  async stop() {
    this.isServing = false;
    if (this.#process) await end(this.#process);
  }
}

class Balancer {
  #process = fork(fileURLToPath(new URL('proxy.mjs', import.meta.url)));

  async start() {
    const [{ port }] = await once(this.#process, 'message');
    this.url = `http://127.0.0.1:${port}/mcp`;
  }

  async serve(replicas) {
    this.#process.send({ ports: replicas.map(({ port }) => port) });
    await once(this.#process, 'message');
  }

  async stop() {
    await end(this.#process);
  }
}

export class Fleet {
  #folder = mkdtempSync(join(tmpdir(), 'mooring-replicas-'));
  #ring = new KeyRing(this.#folder);
  #balancer = new Balancer();
  #keys = [newKey('first')];

  static async start(count, backends) {
    const fleet = new Fleet();
    rmSync(LOGS, { recursive: true, force: true });
    mkdirSync(LOGS, { recursive: true });
    fleet.#ring.write(fleet.#keys);
    const settings = {
      server: { name: 'replicas' },
      sessions: { keyRing: fleet.#ring.path },
      logging: { level: 'info', format: 'text' },
      backends,
    };
    const [ports, admins] = [await freePorts(count), await freePorts(count)];
    fleet.replicas = ports.map((port, index) => new Replica({
      settings, port, admin: admins[index], others: ports, folder: fleet.#folder,
    }));
    await fleet.#balancer.start();
    await Promise.all(fleet.replicas.map((replica) => replica.start()));
    await fleet.#balancer.serve(fleet.replicas);
    return fleet;
  }

  get url() {
    return this.#balancer.url;
  }

  /** Which life of which replica has answered. */
  lifeOf(port) {
    const replica = this.replicas.find((one) => one.port === Number(port));
    return { replica, life: replica.lives };
  }

  /** Whether that life is over, or about to be. */
  isOver({ replica, life }) {
    return replica.lives !== life || !replica.isServing;
  }

  async #writeRing(keys, isRead) {
    this.#ring.write(keys);
    this.#keys = keys;
    for (const replica of this.replicas) await until(() => isRead(replica), `the ring at replica ${replica.port}`);
  }

  /** A new key that all replicas can open, and none seals with. */
  async addKey(key) {
    await this.#writeRing([...this.#keys, key], async (replica) => await replica.metric('mooring_key_ring_keys') === 2);
  }

  /** The newest key seals. */
  async promoteKey() {
    const newest = this.#keys.at(-1);
    await this.#writeRing([newest, ...this.#keys.slice(0, -1)], async (replica) => await replica.sealingKey() === newest.id);
  }

  /** Only the key that seals is left. */
  async dropKeys() {
    await this.#writeRing(this.#keys.slice(0, 1), async (replica) => await replica.metric('mooring_key_ring_keys') === 1);
  }

  /** SIGTERM; while it drains it is taken out of the balancer, as it would be out of a Service. Answers how it has ended. */
  async drain(replica) {
    replica.terminate();
    await until(async () => await replica.readiness() !== 200, `the drain of replica ${replica.port}`);
    await this.#balancer.serve(this.replicas.filter((other) => other !== replica));
    return replica.ended();
  }

  async comeBack(replica) {
    await replica.start();
    await this.#balancer.serve(this.replicas);
  }

  async stop() {
    await this.#balancer.stop();
    await Promise.all(this.replicas.map((replica) => replica.stop()));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
