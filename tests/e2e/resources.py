# SPDX-License-Identifier: Apache-2.0
"""McpServers for tests; each names only what its test is about."""

import json

NOTES_IMAGE = "mooring.dev/notes:1"

# A stdio server in one line of Node: answers the legacy handshake, then calls by `ANSWERS`, a function of (name, args).
ONE_LINER = """
const tools = %(tools)s;
const answer = %(answer)s;
const reply = (id, result) => process.stdout.write(JSON.stringify({jsonrpc: '2.0', id, result}) + '\\n');
const fail = (id) => process.stdout.write(JSON.stringify({jsonrpc: '2.0', id, error: {code: -32601, message: 'no'}}) + '\\n');
const handle = async ({id, method, params}) => {
  if (id === undefined) return;
  if (method === 'initialize') return reply(id, {protocolVersion: '2025-11-25', capabilities: {tools: {}}, serverInfo: {name: 'one', version: '1'}});
  if (method === 'tools/list') return reply(id, {tools: tools.map((name) => ({name, description: name, inputSchema: {type: 'object'}}))});
  if (method === 'tools/call') return reply(id, {content: [{type: 'text', text: String(await answer(params.name, params.arguments ?? {}))}]});
  return fail(id);
};
setTimeout(() => require('readline').createInterface({input: process.stdin}).on('line', (line) => handle(JSON.parse(line))), %(delay)d);
"""


def server(name, *backends, **spec):
    return {
        "apiVersion": "mooring.dev/v1alpha1",
        "kind": "McpServer",
        "metadata": {"name": name},
        "spec": {"backends": list(backends), **spec},
    }


def placed(resource, namespace):
    """With a host of its own, "NAMESPACE.…": two servers of one operator cannot have the same."""
    return json.loads(json.dumps(resource).replace("NAMESPACE", namespace))


def tool(name="greet", text="Hello, {name}!", **fields):
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    return {"name": name, "description": f"The tool {name}", "inputSchema": schema, "text": text, **fields}


def declared(name="greeter", *tools, **fields):
    return {"name": name, "tools": list(tools) or [tool()], **fields}


def stdio(name="notes", command=("node", "notes/server.mjs"), image=NOTES_IMAGE, timeout=None, **fields):
    backend = {"name": name, "stdio": {"image": image, "command": list(command), **fields}}
    if timeout:
        backend["timeout"] = timeout
    return backend


def one_liner(tools, answer, delay_ms=0):
    """The command of a stdio server with these tools; `answer` is JavaScript."""
    quoted = "[" + ",".join(f"'{each}'" for each in tools) + "]"
    return ["node", "-e", ONE_LINER % {"tools": quoted, "answer": answer, "delay": delay_ms}]
