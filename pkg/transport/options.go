// Package transport is the one way in which this program speaks HTTP. It binds
// credentials to one origin, gives every attempt a deadline, repeats what is
// safe to repeat, waits as long as a server asks for within a cap, and bounds
// the size of answers, the number of calls at a time and the pace of writes.
package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Defaults of Options.
const (
	DefaultTimeout      = 30 * time.Second
	DefaultTotalWait    = 90 * time.Second
	DefaultMaxAttempts  = 3
	DefaultMaxBodyBytes = 32 << 20
	DefaultConcurrency  = 8
)

// Auth is the credentials for one origin. The zero value is none. Printing it
// never shows them.
type Auth struct {
	header string
	value  string
	// secrets are the texts that must not be shown.
	secrets []string
}

// Basic returns a user name and a password.
func Basic(user, password string) Auth {
	encoded := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	return Auth{header: "Authorization", value: "Basic " + encoded, secrets: []string{encoded, password}}
}

// Bearer returns a token for the Authorization header.
func Bearer(token string) Auth {
	return Auth{header: "Authorization", value: "Bearer " + token, secrets: []string{token}}
}

// Header returns a secret that goes into a header of its own, as GitLab's
// PRIVATE-TOKEN does.
func Header(name, value string) Auth {
	return Auth{header: http.CanonicalHeaderKey(name), value: value, secrets: []string{value}}
}

// None reports whether there are no credentials.
func (a Auth) None() bool { return a.header == "" }

// Format writes what kind of credentials there are, whatever the verb.
func (a Auth) Format(s fmt.State, _ rune) {
	text := "no credentials"
	if !a.None() {
		text = "credentials in " + a.header
	}
	_, _ = s.Write([]byte(text))
}

// Options configure a Transport. Only Origin is needed.
type Options struct {
	// Origin is the server: scheme, host and port. Its path is not used. A user
	// and a password in it are taken as Auth unless Auth is given.
	Origin *url.URL
	Auth   Auth
	// Headers are sent to Origin only and are treated as secrets when they leave
	// it, as X-Scope-OrgID or a gateway's key.
	Headers map[string]string
	// UserAgent is sent with requests that have none.
	UserAgent string
	// CAFile is a PEM file whose certificates are trusted beside the system's,
	// CA is the content of such a file.
	CAFile string
	CA     []byte
	// Proxy chooses the proxy of a request, as http.ProxyFromEnvironment; nil is
	// none.
	Proxy func(*http.Request) (*url.URL, error)
	// Timeout is how long one attempt may take, with its body.
	Timeout time.Duration
	// TotalWait is how long all calls together may wait between attempts. Waits
	// at the same time count once. When it is spent, the last answer stands.
	TotalWait time.Duration
	// MaxAttempts is how often one call is sent, the first time included.
	MaxAttempts int
	// MaxBodyBytes is the size of an answer after decompression.
	MaxBodyBytes int64
	// Concurrency is how many attempts run at a time.
	Concurrency int
	// MinWriteInterval is the time between the starts of two writes: requests
	// other than GET and HEAD that are not marked by WithQuestion.
	MinWriteInterval time.Duration
	// LimitedWait is how long to wait after an answer that says "too many
	// requests" and does not say for how long. 0 is the usual backoff.
	LimitedWait time.Duration
	// RetryInternalError repeats requests after the status 500 as well, as for APIs that
	// answer so when they are busy. A Prometheus answers so when a query cannot be
	// evaluated, and would do the same work for the same answer.
	RetryInternalError bool
	// Final reports that an answer which would be asked for again is the
	// server's last word. It may be nil.
	Final func(status int, body []byte) bool

	// Base sends one request; nil is a new http.Transport. Now, Sleep and Random
	// (0 to 1) are the clock, the wait and the dice; nil is the real ones.
	Base   http.RoundTripper
	Now    func() time.Time
	Sleep  func(context.Context, time.Duration) error
	Random func() float64
}

// withDefaults validates the options and fills in what is not set.
func (o Options) withDefaults() (Options, error) {
	if o.Origin == nil {
		return o, errors.New("no address is given")
	}
	if s := o.Origin.Scheme; s != "http" && s != "https" {
		return o, fmt.Errorf("the address %s must begin with http:// or https://", Redacted(o.Origin))
	}
	if o.Origin.Hostname() == "" {
		return o, fmt.Errorf("the address %s has no host", Redacted(o.Origin))
	}
	if user := o.Origin.User; user != nil && o.Auth.None() {
		password, _ := user.Password()
		o.Auth = Basic(user.Username(), password)
	}
	if err := o.validHeaders(); err != nil {
		return o, err
	}
	if o.Timeout < 0 || o.TotalWait < 0 || o.MaxAttempts < 0 || o.MaxBodyBytes < 0 || o.Concurrency < 0 || o.MinWriteInterval < 0 || o.LimitedWait < 0 {
		return o, errors.New("a limit of the connection is negative")
	}
	fill(&o.Timeout, DefaultTimeout)
	fill(&o.TotalWait, DefaultTotalWait)
	fill(&o.MaxAttempts, DefaultMaxAttempts)
	fill(&o.MaxBodyBytes, DefaultMaxBodyBytes)
	fill(&o.Concurrency, DefaultConcurrency)
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the waits between requests are real unless a test replaces them
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	return o, nil
}

func fill[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

// validHeaders refuses what net/http would refuse later, without the value.
func (o Options) validHeaders() error {
	for name, value := range o.Headers {
		if !validHeader(name, value) {
			return fmt.Errorf("the header %q has a character that HTTP does not allow in its name or value", name)
		}
	}
	if !o.Auth.None() && !validHeader(o.Auth.header, o.Auth.value) {
		return errors.New("the token or password has a character that HTTP does not allow, as a line break; check how it is stored")
	}
	return nil
}

func validHeader(name, value string) bool {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r) }) {
		return false
	}
	return !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// base returns the http.Transport that sends single requests.
func (o Options) base() (http.RoundTripper, error) {
	if o.Base != nil {
		return o.Base, nil
	}
	roots, err := o.roots()
	if err != nil {
		return nil, err
	}
	return &http.Transport{
		Proxy:                  o.Proxy,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           2 * o.Concurrency,
		MaxIdleConnsPerHost:    o.Concurrency,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: 1 << 20,
	}, nil
}

// roots returns the system's certificates and those of CAFile and CA, or nil for
// the system's alone.
func (o Options) roots() (*x509.CertPool, error) {
	if o.CAFile == "" && len(o.CA) == 0 {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if len(o.CA) > 0 && !pool.AppendCertsFromPEM(o.CA) {
		return nil, errors.New("the certificate authorities are no PEM certificates")
	}
	if o.CAFile == "" {
		return pool, nil
	}
	pem, err := os.ReadFile(o.CAFile)
	if err != nil {
		return nil, fmt.Errorf("the CA file cannot be read: %w", err)
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("the CA file %s holds no PEM certificate", o.CAFile)
	}
	return pool, nil
}
