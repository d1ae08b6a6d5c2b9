#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Packs the images into build/images, from the release build. Each NAME.tar has the tag VERSION and one that names its
# content; the latter is in NAME.tag.
set -euo pipefail
cd "$(dirname "$0")/../.."
source build/tools.env
version=$(< VERSION)
mkdir -p build/images
server=build/release/server/mcp-server operator=build/release/operator/mcp-operator mcpctl=build/release/operator/mcpctl

# pack NAME TAG OPTIONS…; nothing is to do if no input is newer, nor any package of the system, whose libraries go in
pack() {
  local name=$1 tag=$2 archive=build/images/$1.tar option inputs=(VERSION cmake/image.py "$0" /var/lib/dpkg/status)
  shift 2
  for option in "$@"; do if [[ $option == *=/* ]]; then inputs+=("${option%%=*}"); fi; done
  if [[ ! -f $archive || ! -f $archive.packed || -n $(find "${inputs[@]}" -newer "$archive.packed" -print -quit) ]]; then
    "$PYTHON" cmake/image.py --name "mooring.dev/$name:$tag" --content-tag --out "$archive" "$@" > "$archive.packed.new"
    mv "$archive.packed.new" "$archive.packed"
  fi
  local full
  full=$(< "$archive.packed")
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
