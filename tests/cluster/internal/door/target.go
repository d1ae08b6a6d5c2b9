// SPDX-License-Identifier: Apache-2.0

// Package door carries TCP connections from the host's loopback into the cluster's network namespace.
package door

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"

	"mooring.dev/cluster/internal/api"
)

// Target is a port of a Service; the port may be a number or a name.
type Target struct{ Namespace, Service, Port string }

var label = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// ParseTarget reads NAMESPACE/SERVICE:PORT.
func ParseTarget(text string) (Target, error) {
	namespace, rest, hasSlash := strings.Cut(text, "/")
	service, port, hasColon := strings.Cut(rest, ":")
	if !hasSlash || !hasColon || !label.MatchString(namespace) || !label.MatchString(service) || !label.MatchString(port) {
		return Target{}, fmt.Errorf("%q is not NAMESPACE/SERVICE:PORT (for example default/notes:3232 or default/notes:http)", text)
	}
	return Target{Namespace: namespace, Service: service, Port: port}, nil
}

func (t Target) String() string { return t.Namespace + "/" + t.Service + ":" + t.Port }

// Name is good for a file.
func (t Target) Name() string { return "door-" + t.Namespace + "-" + t.Service + "-" + t.Port }

// Address finds where the target is now.
func (t Target) Address(ctx context.Context, client *api.Client) (string, error) {
	service, err := client.Service(ctx, t.Namespace, t.Service)
	if errors.Is(err, api.ErrNotFound) {
		return "", fmt.Errorf("there is no Service %s in namespace %s", t.Service, t.Namespace)
	}
	if err != nil {
		return "", err
	}
	return t.choose(service)
}

// Ready is the address, if a pod answers there. Without this question a connection to a Service that is gone would hang.
func (t Target) Ready(ctx context.Context, client *api.Client) (string, error) {
	address, err := t.Address(ctx, client)
	if err != nil {
		return "", err
	}
	ready, err := client.ReadyEndpoints(ctx, t.Namespace, t.Service)
	if err == nil && ready == 0 {
		err = fmt.Errorf("no pod of Service %s in namespace %s is ready", t.Service, t.Namespace)
	}
	return address, err
}

func (t Target) choose(service api.Service) (string, error) {
	if net.ParseIP(service.Spec.ClusterIP) == nil {
		return "", fmt.Errorf("Service %s in namespace %s is headless: it has no address of its own", t.Service, t.Namespace)
	}
	var ports []string
	for _, port := range service.Spec.Ports {
		if number := strconv.Itoa(port.Port); t.Port == port.Name || t.Port == number {
			return net.JoinHostPort(service.Spec.ClusterIP, number), nil
		}
		ports = append(ports, strings.TrimPrefix(fmt.Sprintf("%s=%d", port.Name, port.Port), "="))
	}
	return "", fmt.Errorf("Service %s in namespace %s has no port %s; it has: %s", t.Service, t.Namespace, t.Port, strings.Join(ports, ", "))
}
