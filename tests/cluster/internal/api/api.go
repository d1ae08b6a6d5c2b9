// SPDX-License-Identifier: Apache-2.0

// Package api asks the API server the few things that bringing a cluster up and opening doors need.
package api

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// Client is known to the server by a certificate and knows it by its authority.
type Client struct {
	server string
	http   *http.Client
}

// NewClient reads the certificates from files.
func NewClient(server, authorityFile, certificateFile, keyFile string) (*Client, error) {
	authority, err := os.ReadFile(authorityFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authority) {
		return nil, fmt.Errorf("%s holds no certificate", authorityFile)
	}
	pair, err := tls.LoadX509KeyPair(certificateFile, keyFile)
	if err != nil {
		return nil, err
	}
	return &Client{server: server, http: &http.Client{
		Timeout:   5 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}}},
	}}, nil
}

// ErrNotFound is what a name that is not there gives.
var ErrNotFound = errors.New("not found")

func (c *Client) get(ctx context.Context, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.server+path, nil)
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return err
	case response.StatusCode == http.StatusNotFound:
		return ErrNotFound
	case response.StatusCode != http.StatusOK:
		return fmt.Errorf("%s answers %s: %.300s", path, response.Status, body)
	case into == nil:
		return nil
	}
	return json.Unmarshal(body, into)
}

// Ready says why the server is not ready, or nil.
func (c *Client) Ready(ctx context.Context) error { return c.get(ctx, "/readyz", nil) }

// NodeReady says why the node is not ready, or nil.
func (c *Client) NodeReady(ctx context.Context, name string) error {
	var node struct {
		Status struct {
			Conditions []struct{ Type, Status, Message string }
		}
	}
	if err := c.get(ctx, "/api/v1/nodes/"+name, &node); err != nil {
		return fmt.Errorf("node %s: %w", name, err)
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == "Ready" && condition.Status == "True" {
			return nil
		} else if condition.Type == "Ready" {
			return fmt.Errorf("node %s is not ready: %s", name, condition.Message)
		}
	}
	return fmt.Errorf("node %s has not told its condition yet", name)
}

// PodsAllowed says why no pod can be made in a new cluster yet, or nil: each needs its namespace's service account.
func (c *Client) PodsAllowed(ctx context.Context) error {
	return c.get(ctx, "/api/v1/namespaces/default/serviceaccounts/default", nil)
}

// Service is what a door needs to know of one.
type Service struct {
	Spec struct {
		ClusterIP string
		Ports     []ServicePort
	}
}

// ServicePort is one of a Service's ports.
type ServicePort struct {
	Name string
	Port int
}

// Service reads one.
func (c *Client) Service(ctx context.Context, namespace, name string) (Service, error) {
	var service Service
	err := c.get(ctx, "/api/v1/namespaces/"+namespace+"/services/"+name, &service)
	return service, err
}

// ReadyEndpoints counts the addresses behind a Service that take connections, as kube-proxy sees it: ready ones (as is what says
// nothing), and ones that are ending and still serve.
func (c *Client) ReadyEndpoints(ctx context.Context, namespace, service string) (int, error) {
	var slices struct {
		Items []struct {
			Endpoints []struct {
				Conditions struct{ Ready, Serving *bool }
			}
		}
	}
	path := "/apis/discovery.k8s.io/v1/namespaces/" + namespace + "/endpointslices?labelSelector=kubernetes.io/service-name%3D" + service
	if err := c.get(ctx, path, &slices); err != nil {
		return 0, err
	}
	count := 0
	for _, slice := range slices.Items {
		for _, endpoint := range slice.Endpoints {
			ready, serving := endpoint.Conditions.Ready, endpoint.Conditions.Serving
			if ready == nil || *ready || serving != nil && *serving {
				count++
			}
		}
	}
	return count, nil
}
