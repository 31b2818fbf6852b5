package entrypoint_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host/hosttest"
)

// encrypted puts a server behind TLS with a certificate that no system knows, and
// returns its address and the file with the certificate.
func encrypted(t *testing.T, server string) (address, authority string) {
	t.Helper()
	to, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewTLSServer(httputil.NewSingleHostReverseProxy(to))
	t.Cleanup(s.Close)
	return s.URL, certificateFile(t, s.Certificate().Raw)
}

func certificateFile(t *testing.T, certificate []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// otherAuthority is the certificate of an authority that no server here has.
func otherAuthority(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), IsCA: true, BasicConstraintsValid: true}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return certificateFile(t, certificate)
}

func TestGitHubServerWithItsOwnAuthority(t *testing.T) {
	for _, trusted := range []bool{true, false} {
		j := newJob(t, "pull_request")
		address, authority := encrypted(t, j.g.URL())
		j.set("GITHUB_API_URL", address+"/api/v3", "GITHUB_GRAPHQL_URL", address+"/api/graphql")
		if trusted {
			j.set("INPUT_CA-FILE", authority)
		}
		if code := j.start(); code != entrypoint.ExitFail {
			t.Errorf("exit code %d\n%s", code, j.stdout)
		}
		if posted := len(j.g.Comments()) == 1 && len(j.g.Statuses()) == 4; posted != trusted || posted == strings.Contains(j.stdout, "certificate") {
			t.Errorf("posted: %t, with its authority: %t\n%s", posted, trusted, j.stdout)
		}
	}
}

func TestGitLabServerWithItsOwnAuthority(t *testing.T) {
	for _, trusted := range []bool{true, false} {
		p := newPipeline(t)
		address, authority := encrypted(t, p.g.URL())
		p.set("CI_API_V4_URL", address+"/api/v4")
		if trusted {
			p.set("CI_SERVER_TLS_CA_FILE", authority)
		}
		if code := p.start(); code != entrypoint.ExitFail {
			t.Errorf("exit code %d\n%s", code, p.stdout)
		}
		if posted := len(p.g.Notes()) == 1; posted != trusted {
			t.Errorf("posted: %t, with its authority: %t\n%s", posted, trusted, p.stdout)
		}
	}
}

// The proxy is that of the environment, as the runner sets it.
func programBehindAProxy(t *testing.T, program string) {
	j := demoJob(t)
	j.set("HTTP_PROXY", j.g.URL(), "GITHUB_API_URL", "http://github.invalid/api/v3", "GITHUB_GRAPHQL_URL", "http://github.invalid/api/graphql")
	if code := j.execute(program); code != entrypoint.ExitFail || len(j.g.Comments()) != 1 || len(j.g.Statuses()) == 0 {
		t.Errorf("exit code %d, %d comments, %d statuses\n%s", code, len(j.g.Comments()), len(j.g.Statuses()), j.stdout)
	}
}

// A ca-file is added to what the system trusts and does not take its place.
func programTrustsSystemAndFile(t *testing.T, program string) {
	j := demoJob(t).set("INPUT_STATUSES", "false")
	address, authority := encrypted(t, j.g.URL())
	j.set("GITHUB_API_URL", address+"/api/v3", "GITHUB_GRAPHQL_URL", address+"/api/graphql", "SSL_CERT_FILE", authority, "INPUT_CA-FILE", otherAuthority(t))
	if code := j.execute(program); code != entrypoint.ExitFail || len(j.g.Comments()) != 1 {
		t.Errorf("exit code %d, %d comments\n%s", code, len(j.g.Comments()), j.stdout)
	}
}

// A limit without a word about its end is waited for a minute, as GitHub asks for.
func TestLimitThatDoesNotSayHowLongIsWaitedForAMinute(t *testing.T) {
	j := newJob(t, "pull_request")
	j.g.Break(hosttest.Fault{Path: "/files", Times: 1, Status: 429, Message: "slow down"})
	j.start()
	if len(j.slept) == 0 || j.slept[0] != time.Minute || len(j.g.Requests("GET", "/files")) != 2 {
		t.Errorf("waits %v, %d requests", j.slept, len(j.g.Requests("GET", "/files")))
	}
}

// GitHub asks for a second between two requests that write.
func TestWritesToGitHubAreSpacedByASecond(t *testing.T) {
	j := newJob(t, "pull_request")
	if code := j.start(); code != entrypoint.ExitFail {
		t.Fatalf("exit code %d\n%s", code, j.stdout)
	}
	writes := len(j.g.Requests("POST", "/statuses/")) + len(j.g.Requests("POST", "/comments"))
	// The clock stands still, so that each wait is a second longer than the one before.
	want := []time.Duration{time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second}
	if writes != 5 || !slices.Equal(j.slept, want) {
		t.Errorf("waits %v between %d writes, want %v", j.slept, writes, want)
	}
	if len(j.ends) != len(j.slept) {
		t.Errorf("%d of %d writes have to be done at a time", len(j.ends), len(j.slept))
	}
	for _, end := range j.ends {
		if left := time.Until(end); left > 2*time.Minute {
			t.Errorf("a write has %s left, and publishing as a whole has two minutes", left)
		}
	}
}
