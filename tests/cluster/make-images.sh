#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Packs the images into build/images, from the release build. Each NAME.tar has the tag VERSION and one that names its
# content; the latter is in NAME.tag.
set -euo pipefail
cd "$(dirname "$0")/../.."
source build/tools.env
version=$(< VERSION)
server=build/release/server/mcp-server operator=build/release/operator/mcp-operator mcpctl=build/release/operator/mcpctl

# pack NAME TAG OPTIONS…
pack() {
  local name=$1 tag=$2 full
  shift 2
  full=$("$PYTHON" cmake/image.py --name "mooring.dev/$name:$tag" --content-tag --out "build/images/$name.tar" "$@")
  echo "${full##*:}" > "build/images/$name.tag"
  echo "  $full"
}

for program in "$server" "$operator" "$mcpctl"; do
  [[ -x $program ]] || { echo "images: no $program: build the programs first (make images does)" >&2; exit 1; }
done
pack mcp-server "$version" --entrypoint /mcp-server --program "$server=/mcp-server"
pack mcp-operator "$version" --entrypoint /mcp-operator --program "$operator=/mcp-operator" --program "$mcpctl=/mcpctl"
pack notes 1 --entrypoint node --entrypoint notes/server.mjs --workdir /app \
  --program "$(readlink -f "$NODE")=/usr/bin/node" --tree manifests/samples/notes=/app/notes
