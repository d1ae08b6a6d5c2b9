#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The fixture as a stdio server that speaks both generations, or only the modern one with --modern-only.
import { parseArgs } from 'node:util';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { everything, makeWorld } from './fixture/server.mjs';

const { values } = parseArgs({ options: { 'modern-only': { type: 'boolean', default: false } } });

serveStdio(everything(makeWorld()), {
  legacy: values['modern-only'] ? 'reject' : 'serve',
  onerror: (error) => console.error(error.message),
});
