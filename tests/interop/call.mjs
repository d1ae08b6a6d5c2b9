#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from 'node:util';
import { connect, UsageError } from './session.mjs';

const HELP = `call.mjs: lists or calls the tools of an MCP endpoint with an official client, and prints JSON

  node call.mjs --url http://127.0.0.1:3232/mcp --list
  node call.mjs --url http://127.0.0.1:3232/mcp --tool on_call --args '{"team":"payments"}'

  --url URL        the endpoint
  --client v1|v2   which official TypeScript client (v2)
  --era ERA        generation of the protocol: auto | legacy | modern (auto)
  --list           print the tools
  --tool NAME      call this tool
  --args JSON      its arguments ({})

Exit code: 0 done, 1 the endpoint or the tool failed, 2 wrong usage.`;

const OPTIONS = {
  url: { type: 'string' },
  client: { type: 'string', default: 'v2' },
  era: { type: 'string', default: 'auto' },
  list: { type: 'boolean', default: false },
  tool: { type: 'string' },
  args: { type: 'string', default: '{}' },
  help: { type: 'boolean', short: 'h', default: false },
};

function options() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    if (values.help) return values;
    if (!values.url) throw new Error('--url is missing');
    if (!values.list && !values.tool) throw new Error('say what to do: --list or --tool NAME');
    return { ...values, args: JSON.parse(values.args) };
  } catch (error) {
    throw new UsageError(error.message);
  }
}

async function main() {
  const { url, client: which, era, list, tool, args, help } = options();
  if (help) return console.log(HELP);
  const session = await connect(url, { client: which, era });
  try {
    const report = { client: which, protocolVersion: session.protocolVersion, server: session.server };
    if (list) report.tools = (await session.client.listTools()).tools;
    if (tool) report.result = await session.client.callTool({ name: tool, arguments: args });
    console.log(JSON.stringify(report, null, 2));
    if (report.result?.isError) process.exitCode = 1;
  } finally {
    await session.close();
  }
}

// A refused connection is the innermost of several errors; those around it may end with its very words, or say nothing.
function story(error) {
  const words = [];
  for (let at = error; at; at = at.cause ?? at.errors?.[0]) {
    const said = at.message || at.code;
    if (said && !words.at(-1)?.endsWith(said)) words.push(said);
  }
  return words.join(': ');
}

main().catch((error) => {
  console.error(`call.mjs: ${story(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
