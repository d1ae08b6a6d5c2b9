#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From nothing to an MCP server that answers: builds, brings a cluster up, installs the operator, applies the quickstart and
# calls a tool of it. The second run brings only what has changed.
#   MOORING_CLUSTER         name of the cluster that is made: another one than `mooring` is beside it
#   KUBECONFIG              use this cluster
#   MOORING_IMAGE_REGISTRY  with it: take the images from REGISTRY/mcp-server, REGISTRY/mcp-operator and REGISTRY/notes
set -euo pipefail
cd "$(dirname "$0")/../.."
source tests/cluster/make-lib.sh
source build/tools.env
registry=${MOORING_IMAGE_REGISTRY:-}
images=(mcp-server mcp-operator notes)
name=quickstart
wanted=127.0.0.1:3232

main() {
  choose_cluster
  refuse_another_choice
  check_kubeconfig
  tests/cluster/make-tools.sh cluster
  [[ $target != own ]] || build/bin/cluster check
  build_programs
  # Of a stranger's cluster not before something is done there.
  [[ $target == foreign ]] || keep_choice
  bring_cluster_up
  use_cluster
  load_images
  install_operator
  apply_quickstart
  open_door
  call_a_tool
  print_what_next
}

build_programs() {
  step "building the programs (about 10 minutes the first time)" tests/cluster/make-programs.sh
  step "packing the images" tests/cluster/make-images.sh
}

bring_cluster_up() {
  case $target in
    foreign) say "cluster: the one of KUBECONFIG=$KUBECONFIG" ;;
    kind)
      say "cluster: kind, by Docker"
      mkdir -p "$kept"
      if ! kind get clusters 2> /dev/null | grep -qx "$MOORING_CLUSTER"; then
        step "making the kind cluster" kind create cluster --name "$MOORING_CLUSTER" --kubeconfig "$kept/kubeconfig" --wait 120s
        touch "$kept/kind-made"
      fi
      kind get kubeconfig --name "$MOORING_CLUSTER" > "$kept/kubeconfig"
      ;;
    own)
      say "cluster: the project's own, with Kubernetes, containerd and CoreDNS from Go modules"
      build/bin/cluster up
      ;;
  esac
  if [[ $target == own ]]; then tests/cluster/make-tools.sh; else tests/cluster/make-tools.sh helm; fi
}

load_images() {
  local archives=("${images[@]/#/build/images/}") archive
  archives=("${archives[@]/%/.tar}")
  case $target in
    own) build/bin/cluster load-image "${archives[@]}" ;;
    kind) for archive in "${archives[@]}"; do step "loading $archive" kind load image-archive --name "$MOORING_CLUSTER" "$archive"; done ;;
    foreign) say_where_images_go ;;
  esac
}

say_where_images_go() {
  local image
  if [[ -n $registry ]]; then
    say "images: the cluster must be able to pull these; push them if you have not yet (docker load, docker tag, docker push):"
    for image in "${images[@]}"; do say "  build/images/$image.tar  as  $registry/$image:$(image_tag "$image")"; done
  else
    say "images: load these into every node (docker load, ctr -n k8s.io images import, k3s ctr images import, minikube image load),"
    say "or push them to a registry and set MOORING_IMAGE_REGISTRY; going on as if they were there:"
    for image in "${images[@]}"; do say "  build/images/$image.tar"; done
  fi
}

# The tag names the content, so that a new build rolls what runs.
image_tag() { cat "build/images/$1.tag"; }

install_operator() {
  local repository=${registry:-mooring.dev}
  local adopt=()
  adopt_operator
  [[ -f $kept/installed ]] || note_what_was_there
  keep_choice
  step "installing the operator" build/bin/helm upgrade --install "$release" charts/mooring --namespace "$system" --create-namespace "${adopt[@]}" \
    --set "image.repository=$repository/mcp-operator" --set-string "image.tag=$(image_tag mcp-operator)" \
    --set "serverImage.repository=$repository/mcp-server" --set-string "serverImage.tag=$(image_tag mcp-server)"
  step "waiting for the operator" wait_for_operator
}

# note_what_was_there is for `make down`, which removes no operator that was there before
note_what_was_there() {
  mkdir -p "$kept"
  if [[ $target == foreign ]] && build/bin/helm status "$release" --namespace "$system" > /dev/null 2>&1; then
    say "the operator is there already, as Helm release $release: it is upgraded, and \`make down\` will leave it"
    echo upgraded > "$kept/installed"
  else
    echo installed > "$kept/installed"
  fi
}

# adopt_operator lets Helm take over what plain manifests have installed, and refuses to take it from another release of Helm.
# The definition of McpServer is looked at, for there is one in a cluster; with it the servers would go.
adopt_operator() {
  local owner
  owner=$("$kubectl" get crd mcpservers.mooring.dev --ignore-not-found -o 'jsonpath={.metadata.name} {.metadata.annotations.meta\.helm\.sh/release-namespace}/{.metadata.annotations.meta\.helm\.sh/release-name}')
  case ${owner#* } in
    "" | "$system/$release") ;;
    /)
      say "the operator was installed by manifests/install.yaml: Helm takes it over, McpServers stay as they are"
      adopt=(--take-ownership --force-conflicts)
      ;;
    *)
      fail "the operator is in this cluster already, as Helm release ${owner#*/} of namespace $(cut -d / -f 1 <<< "${owner#* }"): upgrade that one" \
        "(helm upgrade ${owner#*/} charts/mooring --namespace $(cut -d / -f 1 <<< "${owner#* }")), or remove it by helm uninstall: McpServers and what they run stay"
      ;;
  esac
}

wait_for_operator() {
  "$kubectl" --namespace "$system" rollout status deployment --selector "app.kubernetes.io/instance=$release" --timeout=180s && return
  "$kubectl" --namespace "$system" get pods,events
  "$kubectl" --namespace "$system" logs --selector "app.kubernetes.io/instance=$release" --tail=20
  return 1
}

apply_quickstart() {
  local sample=manifests/samples/$name.yaml
  if [[ -n $("$kubectl" get mcpserver "$name" --namespace default --ignore-not-found -o name) ]]; then
    say "applying $sample again: what you have changed of McpServer $name by hand is set back to the file"
  fi
  sed "s#mooring.dev/notes:1#${registry:-mooring.dev}/notes:$(image_tag notes)#" "$sample" > "$kept/$name.yaml"
  # What keeps a server that was stalled before may be mended by now: the operator looks again every half minute.
  local patience=0
  [[ -z $(why_stalled) ]] || patience=20
  "$kubectl" apply --namespace default -f "$kept/$name.yaml"
  wait_until_ready "$patience"
}

# why_stalled tells why nothing will become of the server as it is now, unless somebody does something; nothing otherwise
why_stalled() {
  local stalled='{.status.conditions[?(@.type=="Stalled")]' generation observed status message
  read -r generation observed status message < <("$kubectl" get --namespace default mcpserver "$name" --ignore-not-found \
    -o "jsonpath={.metadata.generation} {.status.observedGeneration} $stalled.status} $stalled.message}{'\n'}") || true
  if [[ $status == True && $generation == "$observed" ]]; then echo "$message"; fi
}

# wait_until_ready shows what the server waits for, every ten seconds; one that is stalled is waited for the rounds given
wait_until_ready() {
  local round why
  for round in {1..90}; do
    if "$kubectl" wait --namespace default --for=condition=Ready "mcpserver/$name" --timeout=2s > /dev/null 2>&1; then return; fi
    why=$(why_stalled)
    if [[ -n $why ]] && ((round > $1)); then
      fail "McpServer $name does not become Ready by waiting: $why" \
        "(mend that and run make up again; more: $kubectl describe moor $name)"
    fi
    if ((round % 5)); then continue; fi
    say "waiting for McpServer $name to be Ready… $((round * 2)) s"
    "$kubectl" get --namespace default mcpserver "$name" \
      -o 'jsonpath={range .status.conditions[*]}  {.type}={.status} {.reason}: {.message}{"\n"}{end}' | grep -vE '=True|^  (Stalled|Reconciling)=' || true
  done
  "$kubectl" get --namespace default pods --selector "mooring.dev/server=$name" >&2
  "$kubectl" get --namespace default events --field-selector "involvedObject.name=$name" >&2
  fail "McpServer $name is not Ready after three minutes; its conditions stand above (more: $kubectl describe moor $name)"
}

open_door() {
  stop_port_forward
  if [[ $target != own ]]; then
    forward_port
  elif ! listen=$(build/bin/cluster expose "default/$name:http" --listen "$wanted" 2> "$kept/door.log"); then
    cat "$kept/door.log" >&2
    listen=$(build/bin/cluster expose "default/$name:http")
  fi
}

# forward_port waits until the port is open: the wanted one, or any when that is taken
forward_port() {
  local port=${wanted##*:} log=$kept/port-forward.log
  if (exec 3<> "/dev/tcp/${wanted%:*}/$port") 2> /dev/null; then port=; fi
  "$kubectl" --namespace default port-forward "service/$name" "$port:http" > "$log" 2>&1 &
  echo $! > "$kept/port-forward.pid"
  disown
  until listen=$(grep -o -m 1 '127\.0\.0\.1:[0-9]*' "$log"); do
    kill -0 "$(< "$kept/port-forward.pid")" 2> /dev/null || fail "kubectl port-forward ended: $(< "$log")"
    sleep 0.1
  done
}

# answers says whether the endpoint is reached through the door
answers() {
  local status
  exec 3<> "/dev/tcp/${listen%:*}/${listen##*:}" || return 1
  printf 'GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
  read -r -t 5 status <&3 || true
  exec 3>&-
  [[ $status == *" 200 "* ]]
}

call_a_tool() {
  local attempt
  for attempt in {1..50}; do
    if answers 2> /dev/null; then break; fi
    if ((attempt == 50)); then fail "http://$listen/ready does not answer with 200: see $kubectl get pods, build/bin/cluster status"; fi
    sleep 0.2
  done
  call=("$NODE" tests/interop/call.mjs --url "http://$listen/mcp" --tool on_call --args '{"team":"payments"}')
  answer=$("${call[@]}") || fail "the call failed: ${call[*]}"
}

print_what_next() {
  "$kubectl" get --namespace default moor "$name"
  cat << TEXT

An MCP server answers at   http://$listen/mcp

  $NODE tests/interop/call.mjs --url http://$listen/mcp --tool on_call --args '{"team":"payments"}'
$(sed 's/^/    /' <<< "$answer")

Each of its replicas has a process of the notes server, and notes live in that process's memory: add_note and list_notes may
reach different ones. A server that keeps state in memory wants spec.replicas: 1.

With kubectl, and what is built here, in PATH:
  export PATH=$PWD/build/bin:\$PATH KUBECONFIG=$KUBECONFIG$(other_name)
  kubectl get moor
  kubectl describe moor $name

With a client of your own:
  claude mcp add --transport http $name http://$listen/mcp
  $(runner) @modelcontextprotocol/inspector --cli http://$listen/mcp --transport http --method tools/list

In TypeScript, as client.mjs in a folder of your own:
  import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
  const client = new Client({ name: 'me', version: '1' }, { versionNegotiation: { mode: 'auto' } });   // 2026-07-28; without it 2025-11-25
  await client.connect(new StreamableHTTPClientTransport(new URL('http://$listen/mcp')));
  console.log(await client.callTool({ name: 'on_call', arguments: { team: 'payments' } }));
  await client.close();
and there
  $(npm_line) install @modelcontextprotocol/client
  $NODE client.mjs

$(your_own_server)

Change manifests/samples (the notes server too) and run make up again, or end all of it by:${suffix:+ MOORING_CLUSTER=$MOORING_CLUSTER} make down
TEXT
}

# npm_line is what npm is called by here; without a node in PATH its scripts would not find the one that it belongs to.
npm_line() {
  if command -v node > /dev/null; then echo "$NPM"; else echo "PATH=$(dirname "$NODE"):\$PATH $NPM"; fi
}

runner() { if command -v npx > /dev/null; then echo npx; else echo "$(npm_line) exec --"; fi; }

your_own_server() {
  echo "Your own server, in an image NAME:TAG, as an McpServer (README, \"Your own server\"):"
  case $target in
    own)
      cat << TEXT
  cluster load-image IMAGE.tar                 of docker save, or of cmake/image.py without Docker: this cluster never pulls
  kubectl apply -f SERVER.yaml
  cluster expose default/SERVER:http           prints an address of this machine (or: kubectl port-forward service/SERVER :http)
TEXT
      ;;
    kind)
      cat << TEXT
  kind load docker-image --name $MOORING_CLUSTER NAME:TAG
  kubectl apply -f SERVER.yaml
  kubectl port-forward service/SERVER :http    prints an address of this machine
TEXT
      ;;
    foreign)
      cat << TEXT
  kubectl apply -f SERVER.yaml                 with an image that the cluster can pull
  kubectl port-forward service/SERVER :http    prints an address of this machine
TEXT
      ;;
  esac
}

# other_name is what `cluster` must be told of one that is not the usual
other_name() { if [[ $target == own && $MOORING_CLUSTER != mooring ]]; then echo " MOORING_CLUSTER=$MOORING_CLUSTER"; fi; }

main "$@"
