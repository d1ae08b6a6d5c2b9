#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the programs that ship, and none of the tests.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p build
cmake --preset release > build/release.configure.log 2>&1 || { cat build/release.configure.log; exit 1; }
cmake --build --preset release -j "${JOBS:-$(nproc)}" --target mcp-server mcp-operator mcpctl
# Where the README has `kubectl` and `cluster` found.
mkdir -p build/bin
ln -sfn ../release/operator/mcpctl build/bin/mcpctl
