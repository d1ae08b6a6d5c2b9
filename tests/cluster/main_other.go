// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "cluster: it needs Linux (network namespaces, containers); set KUBECONFIG to a cluster that you may use, or install Docker and kind")
	os.Exit(3)
}
