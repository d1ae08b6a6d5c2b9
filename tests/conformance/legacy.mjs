#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The fixture on the official SDK of the older generation: a stdio server that knows `initialize` and nothing newer.
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import {
  CallToolRequestSchema, CompleteRequestSchema, GetPromptRequestSchema, ListPromptsRequestSchema, ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema, ListToolsRequestSchema, McpError, ReadResourceRequestSchema, SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import {
  COMPLETIONS, FIXED_PROMPTS, FORMS, promptWithArguments, promptWithResource, RESOURCES, said, TEMPLATE,
} from './fixture/content.mjs';
import { legacyTools } from './fixture/legacy_tools.mjs';

const INVALID_PARAMS = -32602;
const NOT_FOUND = -32002;

/** What a tool may ask or tell while it works. */
function asking(server, { _meta, signal, sendNotification }) {
  return {
    meta: _meta,
    signal,
    capabilities: () => server.getClientCapabilities(),
    log: (level, data) => server.sendLoggingMessage({ level, data }),
    async progress(progress, total) {
      if (_meta?.progressToken === undefined) return;
      const params = { progressToken: _meta.progressToken, progress, total };
      await sendNotification({ method: 'notifications/progress', params });
    },
    elicit: (message, requestedSchema) => server.elicitInput({ message, requestedSchema }),
    async sample(prompt, maxTokens = 100) {
      const messages = [{ role: 'user', content: { type: 'text', text: prompt } }];
      return (await server.createMessage({ messages, maxTokens })).content.text;
    },
    roots: async () => (await server.listRoots()).roots,
  };
}

function serveTools(server, world) {
  const tools = legacyTools(server, world);
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: tools().map(({ run, ...tool }) => tool) }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const tool = tools().find(({ name }) => name === params.name);
    if (!tool) throw new McpError(INVALID_PARAMS, `Tool ${params.name} not found`);
    try {
      return await tool.run(params.arguments ?? {}, asking(server, extra));
    } catch (error) {
      return { content: [{ type: 'text', text: error.message }], isError: true };
    }
  });
}

function serveResources(server, world) {
  const pattern = /^test:\/\/template\/([^/]+)\/data$/;
  server.setRequestHandler(ListResourcesRequestSchema, () => ({
    resources: RESOURCES.map(({ name, uri, metadata }) => ({ name, uri, ...metadata })),
  }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [{ name: TEMPLATE.name, uriTemplate: TEMPLATE.uriTemplate, ...TEMPLATE.metadata }],
  }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => {
    const known = RESOURCES.find((resource) => resource.uri === uri);
    if (known) return { contents: [{ uri, mimeType: known.metadata.mimeType, ...known.content }] };
    const id = uri.match(pattern)?.[1];
    if (!id) throw new McpError(NOT_FOUND, 'Resource not found', { uri });
    return { contents: [{ uri, mimeType: TEMPLATE.metadata.mimeType, text: TEMPLATE.read(id) }] };
  });
  server.setRequestHandler(SubscribeRequestSchema, ({ params }) => { world.watched.add(params.uri); return {}; });
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params }) => { world.watched.delete(params.uri); return {}; });
}

const argument = (name) => ({ name, description: `The argument ${name}`, required: true });
const PROMPTS = [
  ...FIXED_PROMPTS.map(({ messages, ...prompt }) => ({ ...prompt, run: () => messages })),
  {
    name: 'test_prompt_with_arguments',
    description: 'Puts its two arguments into a message',
    arguments: ['arg1', 'arg2'].map(argument),
    run: promptWithArguments,
  },
  {
    name: 'test_prompt_with_embedded_resource',
    description: 'Puts a resource into a message',
    arguments: [argument('resourceUri')],
    run: promptWithResource,
  },
  {
    name: 'test_input_required_result_prompt',
    description: 'Asks for its context',
    run: async (_, ask) => {
      const { content } = await ask.elicit('What context should the prompt use?', FORMS.context);
      return [said(`The context is ${content?.context}`)];
    },
  },
];
const DYNAMIC_PROMPT = { name: 'test_dynamic_prompt', description: 'Comes and goes', run: () => [said('I am here')] };

function servePrompts(server, world) {
  const prompts = () => world.promptShown ? [...PROMPTS, DYNAMIC_PROMPT] : PROMPTS;
  server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: prompts().map(({ run, ...prompt }) => prompt) }));
  server.setRequestHandler(GetPromptRequestSchema, async ({ params }, extra) => {
    const prompt = prompts().find(({ name }) => name === params.name);
    if (!prompt) throw new McpError(INVALID_PARAMS, `Prompt ${params.name} not found`);
    return { messages: await prompt.run(params.arguments ?? {}, asking(server, extra)) };
  });
  server.setRequestHandler(CompleteRequestSchema, ({ params }) => {
    const values = COMPLETIONS.filter((known) => known.startsWith(params.argument.value));
    return { completion: { values, total: values.length, hasMore: false } };
  });
}

const server = new Server({ name: 'everything-legacy', version: '1.0.0' }, {
  capabilities: {
    tools: { listChanged: true },
    prompts: { listChanged: true },
    resources: { listChanged: true, subscribe: true },
    completions: {},
    logging: {},
  },
});
const world = { toolShown: false, promptShown: false, watched: new Set() };
serveTools(server, world);
serveResources(server, world);
servePrompts(server, world);
server.onerror = (error) => console.error(error.message);
await server.connect(new StdioServerTransport());
