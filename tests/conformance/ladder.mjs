#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Sends every wrong request of ladder.yaml, and a few right ones beside them, and compares what comes back.
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { serve } from '../interop/serve.mjs';
import { CLIENT, META, MODERN } from './messages.mjs';
import { serveReference } from './reference.mjs';
import { PATIENCE_MS } from './wire.mjs';

const HELP = `ladder.mjs: every rung on which a request can fail, as a table (ladder.yaml)

  node ladder.mjs                 against mcpctl serve -f everything.yaml
  node ladder.mjs --reference     against the official TypeScript server; what is allowed to differ says why in the table
  node ladder.mjs --url URL       against an endpoint that is there already
  node ladder.mjs --only WORDS    only rows whose name holds these words
  node ladder.mjs --show          print every answer

Exit code: 0 all answers are as the table says, 1 some are not, 2 wrong usage.`;

const PLAIN = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/** `null` in the table takes a header or a key of `_meta` away. */
function merged(base, changes = {}) {
  const all = { ...base, ...changes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

function bodyOf({ generation, body, raw, repeat, meta }) {
  if (raw !== undefined) return repeat ? raw.repeat(repeat) : raw;
  if (body === undefined) return undefined;
  if (generation !== 'modern' || meta === null || Array.isArray(body) || typeof body !== 'object') return JSON.stringify(body);
  if (Array.isArray(body.params) || typeof body.params === 'string') return JSON.stringify(body);
  return JSON.stringify({ ...body, params: { ...body.params, _meta: merged(META, meta) } });
}

function headersOf({ generation, body, headers }, session) {
  const params = body?.params ?? {};
  const name = { 'tools/call': params.name, 'prompts/get': params.name, 'resources/read': params.uri }[body?.method];
  const modern = {
    'mcp-protocol-version': MODERN,
    ...(typeof body?.method === 'string' && { 'mcp-method': body.method }),
    ...(typeof name === 'string' && { 'mcp-name': name }),
  };
  return merged({ ...PLAIN, ...(generation === 'modern' && modern), ...session }, headers);
}

/** The answer, or what an event stream holds of it; a stream without an end is left after the first message. */
function send(url, { method = 'POST', path, headers, body }) {
  const target = new URL(path ?? url.pathname, url);
  return new Promise((resolve, reject) => {
    const request = httpRequest(target, { method, headers, agent: false, timeout: PATIENCE_MS }, (response) => {
      let text = '';
      const done = () => resolve({ status: response.statusCode, headers: response.headers, text });
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
        const streams = response.headers['content-type']?.startsWith('text/event-stream');
        if (!streams || (method === 'POST' && !/^data: .+\n\n/m.test(text))) return;
        done();
        request.destroy();
      });
      response.on('end', done);
      if (method === 'GET' && response.headers['content-type']?.startsWith('text/event-stream')) {
        done();
        request.destroy();
      }
    });
    request.on('timeout', () => request.destroy(new Error(`no answer in ${PATIENCE_MS} ms`)));
    request.on('error', reject);
    request.end(body);
  });
}

const events = (text) => [...text.matchAll(/^data: (.+)$/gm)].map(([, data]) => data);

function messageOf({ headers, text }) {
  const json = headers['content-type']?.startsWith('text/event-stream') ? events(text).at(-1) : text;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

const initialize = (protocolVersion) => ({
  jsonrpc: '2.0',
  id: 'ladder',
  method: 'initialize',
  params: { protocolVersion, capabilities: {}, clientInfo: CLIENT },
});

/** A session as the row wants it: of a version, `ended VERSION`, or any other text as it stands. */
async function sessionOf(url, wanted) {
  if (wanted === undefined) return {};
  const [, ended, version] = wanted.match(/^(ended )?(\d{4}-\d{2}-\d{2})$/) ?? [];
  if (!version) return { 'mcp-session-id': wanted };
  const answer = await send(url, { headers: PLAIN, body: JSON.stringify(initialize(version)) });
  const headers = { 'mcp-session-id': answer.headers['mcp-session-id'], 'mcp-protocol-version': version };
  if (answer.status !== 200 || !headers['mcp-session-id']) throw new Error(`initialize was answered ${answer.status}, without a session`);
  await send(url, { headers: { ...PLAIN, ...headers }, body: '{"jsonrpc":"2.0","method":"notifications/initialized"}' });
  if (ended) await send(url, { method: 'DELETE', headers });
  return headers;
}

function holds(actual, expected) {
  if (Array.isArray(expected)) return Array.isArray(actual) && expected.every((one, i) => holds(actual[i], one));
  if (expected === null || typeof expected !== 'object') return actual === expected;
  return actual !== null && typeof actual === 'object' && Object.keys(expected).every((key) => holds(actual[key], expected[key]));
}

const oneOf = (value, allowed) => [allowed].flat().includes(value);

/** What is not as expected, in words; nothing when all is. */
function complaints(answer, { status, code, data, id, result, headers, empty }) {
  const message = messageOf(answer);
  const wrong = [];
  const want = (fits, what, expected, actual) => {
    if (!fits) wrong.push(`${what} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
  };
  want(oneOf(answer.status, status), 'status', status, answer.status);
  if (code !== undefined) want(oneOf(message?.error?.code ?? 'none', code), 'code', code, message?.error?.code);
  if (data !== undefined) want(holds(message?.error?.data, data), 'data', data, message?.error?.data);
  if (id !== undefined) want((message?.id ?? null) === id, 'id', id, message?.id);
  if (result !== undefined) want(holds(message?.result, result), 'result', result, message?.result ?? message?.error);
  if (empty) want(answer.text === '', 'body', '', answer.text);
  for (const [name, value] of Object.entries(headers ?? {})) want(answer.headers[name] === value, name, value, answer.headers[name]);
  return wrong;
}

async function ask(url, row) {
  const session = await sessionOf(url, row.session);
  return send(url, { method: row.method, path: row.path, headers: headersOf(row, session), body: bodyOf(row) });
}

/** What the row expects of this server: `reference` names what the official one answers otherwise, and why. */
function expectation(row, reference) {
  return reference && row.reference ? { ...row.expect, data: undefined, ...row.reference } : row.expect;
}

async function check(url, row, { reference, show }) {
  const answer = await ask(url, row).catch((error) => ({ status: error.message, headers: {}, text: '' }));
  const wrong = complaints(answer, expectation(row, reference));
  if (wrong.length > 0) console.log(`wrong  ${row.rung}: ${row.name}\n         ${wrong.join('\n         ')}`);
  if (reference && row.reference) console.log(`other  ${row.rung}: ${row.name}\n         ${row.reference.because}`);
  if (show || wrong.length > 0) console.log(`         ${answer.status} ${answer.text.slice(0, 300)}`);
  return wrong.length === 0;
}

function options() {
  try {
    return parseArgs({
      options: {
        reference: { type: 'boolean', default: false },
        url: { type: 'string' },
        only: { type: 'string', default: '' },
        show: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`ladder.mjs: ${error.message}\n\n${HELP}`);
    process.exit(2);
  }
}

const wanted = options();
if (wanted.help) {
  console.log(HELP);
  process.exit(0);
}
const rows = parse(await readFile(new URL('ladder.yaml', import.meta.url), 'utf8'), { merge: true });
const fixture = fileURLToPath(new URL('everything.yaml', import.meta.url));
const server = wanted.url ? { url: wanted.url, stop() {} } : await (wanted.reference ? serveReference() : serve(fixture));
let failed = 0;
try {
  const url = new URL(server.url);
  const chosen = rows.filter(({ name }) => name.includes(wanted.only));
  for (const row of chosen) if (!await check(url, row, wanted)) failed += 1;
  console.log(`ladder: ${chosen.length - failed} passed, ${failed} failed`);
} finally {
  await server.stop();
}
process.exitCode = failed === 0 ? 0 : 1;
