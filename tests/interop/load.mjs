#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Calls one tool without a pause and counts what failed. There is no retry: a call that gets no good answer is a
// failed call, whatever the reason. Connections are kept alive, as the official clients do.
import { parseArgs } from 'node:util';

const MODERN = '2026-07-28';
const LEGACY = '2025-11-25';
const HELP = `load.mjs: calls a tool continuously and prints {"calls", "failed", "errors", "slowestMs"}

  node load.mjs --url http://127.0.0.1:3232/mcp --tool on_call --args '{"team":"a"}' --seconds 10

  --url URL          the endpoint
  --tool NAME        the tool to call
  --args JSON        its arguments ({})
  --seconds N        when to stop; SIGTERM stops earlier (10)
  --concurrency C    callers at the same time (4)
  --least N          how many calls SIGTERM waits for (0)
  --rate N           calls a second at most, of all callers together (0: as fast as they are answered)
  --era ERA          generation of the protocol: legacy | modern (modern)

Exit code: 0 every call was answered, 1 some failed, 2 wrong usage.`;

const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const META = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientInfo': { name: 'mooring-load', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

async function post(url, headers, message) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...HEADERS, ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    signal: AbortSignal.timeout(60_000),
  });
  return { response, body: await response.text() };
}

function parse(response, body) {
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${body.slice(0, 300)}`);
  const stream = response.headers.get('content-type')?.startsWith('text/event-stream');
  const message = JSON.parse(stream ? body.match(/^data: (.*)$/m)[1] : body);
  if (message.error) throw new Error(`JSON-RPC ${message.error.code}: ${message.error.message}`);
  return message.result;
}

/** Answers the headers and the params that make a call of one generation. */
async function open(url, era, tool, args) {
  const params = { name: tool, arguments: args };
  if (era === 'modern') {
    const headers = { 'mcp-protocol-version': MODERN, 'mcp-method': 'tools/call', 'mcp-name': tool };
    return { headers, params: { ...params, _meta: META } };
  }
  const hello = { protocolVersion: LEGACY, capabilities: {}, clientInfo: { name: 'mooring-load', version: '1.0.0' } };
  const { response, body } = await post(url, {}, { id: 0, method: 'initialize', params: hello });
  parse(response, body);
  const headers = { 'mcp-protocol-version': LEGACY };
  const session = response.headers.get('mcp-session-id');
  if (session) headers['mcp-session-id'] = session;
  await post(url, headers, { method: 'notifications/initialized' });
  return { headers, params };
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function caller({ url, era, tool, args, rate, concurrency }, report, running) {
  const { headers, params } = await open(url, era, tool, args);
  const interval = rate > 0 ? (1000 * concurrency) / rate : 0;
  for (let id = 1; running(); id++) {
    const start = performance.now();
    if (report.calls++ === 0) console.error(`calling ${tool}`);
    try {
      const { response, body } = await post(url, headers, { id, method: 'tools/call', params });
      const result = parse(response, body);
      if (result.isError || !result.content?.[0]?.text) throw new Error(`tool failed: ${body.slice(0, 300)}`);
    } catch (error) {
      report.failed++;
      const cause = error.cause ? `: ${error.cause.code ?? ''} ${error.cause.message}` : '';
      const text = `${error.message}${cause}`;
      report.errors.set(text, (report.errors.get(text) ?? 0) + 1);
      await pause(100);
    }
    const took = performance.now() - start;
    report.slowestMs = Math.max(report.slowestMs, Math.round(took));
    if (took < interval) await pause(interval - took);
  }
}

function options() {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      tool: { type: 'string' },
      args: { type: 'string', default: '{}' },
      seconds: { type: 'string', default: '10' },
      concurrency: { type: 'string', default: '4' },
      least: { type: 'string', default: '0' },
      rate: { type: 'string', default: '0' },
      era: { type: 'string', default: 'modern' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return values;
  if (!values.url || !values.tool) throw new Error('--url and --tool are needed');
  if (!['legacy', 'modern'].includes(values.era)) throw new Error(`--era ${values.era}: allowed are legacy, modern`);
  const seconds = Number(values.seconds);
  const concurrency = Number(values.concurrency);
  if (!(seconds > 0 && seconds <= 600)) throw new Error(`--seconds ${values.seconds}: allowed are 0 to 600`);
  if (!(concurrency >= 1 && concurrency <= 256)) throw new Error(`--concurrency ${values.concurrency}: allowed are 1 to 256`);
  const rate = Number(values.rate);
  if (!(rate >= 0)) throw new Error(`--rate ${values.rate}: allowed are 0 and above`);
  const least = Number(values.least);
  if (!(least >= 0)) throw new Error(`--least ${values.least}: allowed are 0 and above`);
  return { ...values, args: JSON.parse(values.args), seconds, concurrency, least, rate };
}

async function main(run) {
  const report = { calls: 0, failed: 0, errors: new Map(), slowestMs: 0 };
  const end = performance.now() + run.seconds * 1000;
  let stopped = false;
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => (stopped = true));
  const running = () => (!stopped || report.calls < run.least) && performance.now() < end;
  await Promise.all(Array.from({ length: run.concurrency }, () => caller(run, report, running)));
  const errors = [...report.errors].slice(0, 20).map(([message, count]) => ({ message, count }));
  console.log(JSON.stringify({ ...report, errors }));
  process.exitCode = report.failed > 0 ? 1 : 0;
}

let run;
try {
  run = options();
} catch (error) {
  console.error(`load.mjs: ${error.message}`);
  process.exit(2);
}
if (run.help) console.log(HELP);
else {
  await main(run).catch((error) => {
    console.error(`load.mjs: ${error.message}${error.cause ? `: ${error.cause.message}` : ''}`);
    process.exitCode = 1;
  });
}
