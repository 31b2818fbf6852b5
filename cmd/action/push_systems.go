package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/nthlayer/action/pkg/push"
	"github.com/nthlayer/action/pkg/push/grafana"
	"github.com/nthlayer/action/pkg/push/pagerduty"
	"github.com/nthlayer/action/pkg/push/ruler"
	"github.com/nthlayer/action/pkg/transport"
)

// system is one system that is pushed to, before it is connected to.
type system struct {
	name    string
	address *url.URL
	auth    transport.Auth
	// credentials is the variable that the credentials are from, for messages.
	credentials string
	// secret is what must not be shown, beside what auth knows.
	secret  string
	headers map[string]string
	open    func(push.API) push.Target
}

// connect returns the system with its credentials, bound to its address.
func (s system) connect(ca []byte) (push.Target, error) {
	t, err := transport.New(transport.Options{
		Origin: s.address, Auth: s.auth, Headers: s.headers, CA: ca, Proxy: http.ProxyFromEnvironment, UserAgent: "nthlayer/" + version,
		RetryInternalError: true,
	})
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", s.name, err)
	}
	return s.open(push.API{System: s.name, Base: s.address, HTTP: t.Client(), Credentials: s.credentials, Secret: s.secret}), nil
}

// defaultPagerDuty is the address of PagerDuty outside of Europe.
const defaultPagerDuty = "https://api.pagerduty.com"

// prepare finds out where to push to. What is missing is a wrong call, before
// anything is written.
func (p *pushing) prepare(now time.Time) error {
	var problems []error
	add := func(wanted bool, read func() (system, error)) {
		if !wanted {
			return
		}
		s, err := read()
		p.systems, problems = append(p.systems, s), append(problems, err)
	}
	add(p.grafana, p.toGrafana)
	add(p.ruler, func() (system, error) { return p.toRuler("the ruler", "MIMIR", ruler.Prometheus, p.rulerPath) })
	add(p.loki, func() (system, error) { return p.toRuler("the ruler of Loki", "LOKI", ruler.Loki, "") })
	add(p.pagerDuty, func() (system, error) { return p.toPagerDuty(now) })
	return errors.Join(problems...)
}

func (p *pushing) env(name string) string { return strings.TrimSpace(p.c.p.getenv(name)) }

// address reads the address of a system.
func address(text, option, from string) (*url.URL, error) {
	if text == "" {
		return nil, fmt.Errorf("%s needs the address: set %s", option, from)
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%s of %s is no address that begins with http:// or https:// and has no query: correct it", from, option)
	}
	return u, nil
}

func (p *pushing) toGrafana() (system, error) {
	const option, from = "--push-grafana", "NTHLAYER_GRAFANA_URL"
	key := cmp.Or(p.tokenEnv, "NTHLAYER_GRAFANA_API_KEY")
	u, err := address(cmp.Or(p.env(from), p.g.options.GrafanaURL), option, from+" or --grafana-url")
	if err != nil {
		return system{}, err
	}
	s := system{name: "Grafana", address: u, credentials: key, headers: map[string]string{}}
	token := p.env(key)
	if token == "" && u.User == nil {
		return system{}, fmt.Errorf("%s needs the token of a service account: set %s", option, key)
	}
	if token != "" {
		s.auth = transport.Bearer(token)
	}
	if org := cmp.Or(p.org, p.env("NTHLAYER_GRAFANA_ORG_ID")); org != "" {
		if n, err := strconv.ParseUint(org, 10, 63); err != nil || n == 0 {
			return system{}, errors.New("--grafana-org-id, or NTHLAYER_GRAFANA_ORG_ID, is no number of an organisation: write it as 1")
		}
		s.headers["X-Grafana-Org-Id"] = org
	}
	if p.folder != "" && !folderUID.MatchString(p.folder) {
		return system{}, errors.New("--grafana-folder is no uid of a folder: use at most 40 letters, digits, hyphens and underscores")
	}
	commit := cmp.Or(p.env("GITHUB_SHA"), p.env("CI_COMMIT_SHA"))
	o := grafana.Options{Commit: commit[:min(len(commit), 12)], Force: p.g.force, Folder: p.folder}
	s.open = func(api push.API) push.Target { return grafana.New(api, o) }
	return s, nil
}

// folderUID is what Grafana takes for the uid of a folder.
var folderUID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

// toRuler reads the variables of a ruler, which begin with a prefix. A ruler inside
// of a network may have no login.
func (p *pushing) toRuler(name, prefix string, kind ruler.Kind, path string) (system, error) {
	option := map[ruler.Kind]string{ruler.Prometheus: "--push-ruler", ruler.Loki: "--push-loki-ruler"}[kind]
	u, err := address(p.env(prefix+"_RULER_URL"), option, prefix+"_RULER_URL")
	if err != nil {
		return system{}, err
	}
	if path != "" && (!strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?# ")) {
		return system{}, errors.New("--ruler-api-path is no path: write it as /api/v1/rules")
	}
	s := system{
		name: name, address: u, credentials: prefix + "_API_KEY, or " + prefix + "_USERNAME and " + prefix + "_PASSWORD", headers: map[string]string{},
		open: func(api push.API) push.Target { return ruler.New(api, kind, path) },
	}
	err = p.login(&s, prefix, option)
	return s, err
}

// login reads the credentials of a system from the variables with a prefix.
func (p *pushing) login(s *system, prefix, option string) error {
	key, user, password := p.env(prefix+"_API_KEY"), p.env(prefix+"_USERNAME"), p.env(prefix+"_PASSWORD")
	switch {
	case key != "" && user != "":
		return fmt.Errorf("%s has two logins: unset %s_API_KEY, or %s_USERNAME", option, prefix, prefix)
	case key != "":
		s.auth = transport.Bearer(key)
	case user != "" || password != "":
		s.auth = transport.Basic(user, password)
	}
	if tenant := p.env(prefix + "_TENANT_ID"); tenant != "" {
		s.headers["X-Scope-OrgID"] = tenant
	}
	return nil
}

func (p *pushing) toPagerDuty(now time.Time) (system, error) {
	const option, from, key, email = "--push-pagerduty", "PAGERDUTY_API_URL", "PAGERDUTY_API_KEY", "PAGERDUTY_FROM_EMAIL"
	u, err := address(cmp.Or(p.env(from), defaultPagerDuty), option, from)
	if err != nil {
		return system{}, err
	}
	if p.env(key) == "" || p.env(email) == "" {
		return system{}, fmt.Errorf("%s needs an API key and the address of the user in whose name it writes: set %s and %s", option, key, email)
	}
	o := pagerduty.Options{UpdateExisting: p.update, Now: now}
	return system{
		name: "PagerDuty", address: u, credentials: key, secret: p.env(key), auth: transport.Header("Authorization", "Token token="+p.env(key)),
		headers: map[string]string{"From": p.env(email), "Accept": "application/vnd.pagerduty+json;version=2"},
		open:    func(api push.API) push.Target { return pagerduty.New(api, o) },
	}, nil
}
