#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the programs of the project's own cluster and links them into build/bin: cluster, kubectl, helm.
#   make-tools.sh              all of them (a quarter of an hour the first time, then at once: they are kept in a cache)
#   make-tools.sh cluster      only the program `cluster`, in seconds
#   make-tools.sh helm         that, and Helm
#   make-tools.sh tests        all of them, and what the tests look at the cluster with: gitops, kubeconform
set -euo pipefail
cd "$(dirname "$0")/../.."
source build/tools.env
export GO
# As the cluster's own parts are built: what they share is compiled once. They are shipped to nobody, nobody debugs them.
export GOWORK=off GOFLAGS="-trimpath -buildvcs=false -gcflags=all=-dwarf=false" GOGC=400

mkdir -p build/bin
[[ -x build/bin/cluster ]] || echo "building the program cluster (a minute the first time)…" >&2
(cd tests/cluster && "$GO" build -o ../../build/bin/cluster .)

# link PART…: builds them and links what people and tests call
link() {
  build/bin/cluster build "$@" > build/cluster.folders
  while read -r folder; do
    for program in kubectl helm; do
      if [[ -x $folder/$program ]]; then ln -sf "$folder/$program" "build/bin/$program"; fi
    done
  done < build/cluster.folders
}

# It has the versions of Kubernetes' own modules, of which nothing is compiled again then.
make_gitops() {
  [[ -x build/bin/gitops ]] || echo "building the programs gitops and kubeconform (a minute the first time)…" >&2
  (cd tests/gitops && "$GO" build -ldflags "-s -w" -o ../../build/bin/ . tool)
}

case ${1:-all} in
  cluster) ;;
  helm) link helm ;;
  all) link ;;
  tests)
    link
    make_gitops
    ;;
  *) echo "make-tools: $1: allowed are cluster, helm, tests and nothing" >&2; exit 2 ;;
esac
