// SPDX-License-Identifier: Apache-2.0

package pki

import (
	"crypto/tls"
	"crypto/x509"
	"slices"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func parse(t *testing.T, pair Pair, err error) *x509.Certificate {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Leaf
}

func authority(t *testing.T) (*Authority, *x509.CertPool) {
	t.Helper()
	made, err := NewAuthority("test", now)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(made.Certificate)
	return made, pool
}

func TestAServerCertificateIsGoodForItsNamesAndAddressesAlone(t *testing.T) {
	made, pool := authority(t)
	pair, err := made.Server("api", []string{"127.0.0.1", "kubernetes.default.svc"}, now)
	leaf := parse(t, pair, err)
	for name, good := range map[string]bool{"127.0.0.1": true, "kubernetes.default.svc": true, "10.0.0.1": false, "example.org": false} {
		_, err := leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: name, CurrentTime: now})
		if (err == nil) != good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAClientCertificateNamesItsUserAndGroups(t *testing.T) {
	made, pool := authority(t)
	pair, err := made.Client("ann", []string{"system:masters"}, now)
	leaf := parse(t, pair, err)
	_, err = leaf.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil || leaf.Subject.CommonName != "ann" || !slices.Equal(leaf.Subject.Organization, []string{"system:masters"}) {
		t.Errorf("%v, %v", leaf.Subject, err)
	}
}
