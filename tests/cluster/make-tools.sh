#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the programs of the project's own cluster and links them into build/bin: cluster, kubectl, helm.
#   make-tools.sh              all of them (a quarter of an hour the first time, then at once: they are kept in a cache)
#   make-tools.sh cluster      only the program `cluster`, in seconds
#   make-tools.sh helm         that, and Helm
set -euo pipefail
cd "$(dirname "$0")/../.."
source build/tools.env
export GO

mkdir -p build/bin
[[ -x build/bin/cluster ]] || echo "building the program cluster (a minute the first time)…" >&2
(cd tests/cluster && GOWORK=off "$GO" build -trimpath -buildvcs=false -o ../../build/bin/cluster .)
case ${1:-all} in
  cluster) ;;
  helm) ln -sf "$(build/bin/cluster build helm)/helm" build/bin/helm ;;
  all)
    build/bin/cluster build > build/cluster.folders
    while read -r folder; do
      for program in kubectl helm; do
        if [[ -x $folder/$program ]]; then ln -sf "$folder/$program" "build/bin/$program"; fi
      done
    done < build/cluster.folders
    ;;
  *) echo "make-tools: $1: allowed are cluster, helm and nothing" >&2; exit 2 ;;
esac
