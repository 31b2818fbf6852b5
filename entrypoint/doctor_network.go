package entrypoint

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/nthlayer/action/pkg/host"
	"github.com/nthlayer/action/pkg/transport"
)

// aboutNetwork looks at the addresses, the certificate authorities and the proxy.
func (d *doctor) aboutNetwork(ctx context.Context) {
	const group = "network"
	at := d.settings.Host
	if at.Host != host.Local {
		d.aboutAddresses(group)
		d.aboutAPI(ctx, group)
		d.aboutGraphQL(group)
		d.aboutServer(ctx, group)
	}
	d.aboutAuthorities(group)
	d.aboutProxy(group)
}

// aboutAddresses looks at what the addresses say before they are asked.
func (d *doctor) aboutAddresses(group string) {
	at := d.settings.Host
	if why := plainHTTP(at.URLs.API); why != "" {
		d.warn(group, "API address", why+": the token goes over the network as it is", "Set the address of the API to one with https://.")
	}
	if why := strangers(at); why != "" {
		d.warn(group, "API address", why, apiForm(at))
	}
}

// plainHTTP says that an address is not encrypted. On the machine itself nobody
// listens.
func plainHTTP(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Hostname() == "localhost" {
		return ""
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsLoopback() {
		return ""
	}
	return transport.Redacted(u) + " is not encrypted"
}

// strangers says that the API belongs to another server than the pages of the
// host, as when only one of the variables is set on an Enterprise Server.
func strangers(at host.Context) string {
	api, errAPI := url.Parse(at.URLs.API)
	server, errServer := url.Parse(at.URLs.Server)
	if errAPI != nil || errServer != nil {
		return ""
	}
	if api.Hostname() == server.Hostname() || api.Hostname() == "api."+server.Hostname() {
		return ""
	}
	return fmt.Sprintf("the API is at %s and the pages are at %s: the token would go to the API's server", transport.Redacted(api), transport.Redacted(server))
}

// apiForm says how the address of an API looks.
func apiForm(at host.Context) string {
	if at.Host == host.GitLab {
		return "Set CI_API_V4_URL to the address of the server with /api/v4."
	}
	return "Set GITHUB_API_URL as the runner does: https://api.github.com, the server with /api/v3 for an Enterprise Server, with /api/v1 for Gitea and Forgejo."
}

// aboutAPI asks the API without the token, which shows that it is one: it refuses,
// and says so in JSON.
func (d *doctor) aboutAPI(ctx context.Context, group string) {
	at := d.settings.Host
	got, err := d.ask(ctx, at.URLs.API, http.MethodGet, at.URLs.API+"/user")
	if err != nil {
		d.noAnswer(group, "API", at.URLs.API, err)
		return
	}
	says := fmt.Sprintf("%s answered %d", transport.RedactedText(at.URLs.API), got.status)
	switch {
	case got.status >= http.StatusInternalServerError:
		d.unknown(group, "API", says, "Try again; if it stays, look whether the server or a proxy before it is in order.")
	case !strings.Contains(got.contentType, "json"):
		d.failed(group, "API", says+" without JSON: this is no API", apiForm(at))
	default:
		d.ok(group, "API", transport.RedactedText(at.URLs.API)+" answers")
	}
}

// aboutGraphQL says what came of the question whom the token belongs to.
func (d *doctor) aboutGraphQL(group string) {
	at := d.settings.Host
	if at.Host != host.GitHub || !d.probed || d.probe.Err != nil {
		return
	}
	address := transport.RedactedText(at.URLs.GraphQL)
	if d.probe.GraphQL == nil {
		d.ok(group, "GraphQL", address+" answers")
		return
	}
	if d.probe.Account.Login != "" {
		d.ok(group, "GraphQL", d.probe.GraphQL.Error()+"; it is not needed, the REST API told the account")
		return
	}
	d.refused(group, "GraphQL", d.probe.GraphQL, "Set GITHUB_GRAPHQL_URL as the runner does: https://api.github.com/graphql, or the server with /api/graphql.")
}

// aboutServer asks for the page that links lead to.
func (d *doctor) aboutServer(ctx context.Context, group string) {
	address := d.settings.Host.URLs.Server
	got, err := d.ask(ctx, address, http.MethodHead, address+"/")
	if err != nil {
		d.warn(group, "server", fmt.Sprintf("%s does not answer: %s", transport.RedactedText(address), cause(err)),
			"Nothing in a run needs it, but links lead there: check the variable if people cannot open them.")
		return
	}
	d.ok(group, "server", fmt.Sprintf("%s answers (%d)", transport.RedactedText(address), got.status))
}

// answered is what is looked at of an answer.
type answered struct {
	status      int
	contentType string
}

// ask sends one request without any credentials through the same kind of
// transport that a run uses. An answer that leads elsewhere is an answer.
func (d *doctor) ask(ctx context.Context, origin, method, address string) (answered, error) {
	at := d.settings
	at.Host.URLs.API = transport.RedactedText(origin)
	t, err := d.transport(at, transport.Auth{})
	if err != nil {
		return answered{}, err
	}
	req, err := http.NewRequestWithContext(ctx, method, transport.RedactedText(address), http.NoBody)
	if err != nil {
		return answered{}, errors.New("this is no address")
	}
	client := t.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	if err != nil {
		return answered{}, err
	}
	_ = resp.Body.Close() // nothing is read from it
	return answered{resp.StatusCode, resp.Header.Get("Content-Type")}, nil
}

// noAnswer adds the check of an address without a connection.
func (d *doctor) noAnswer(group, name, address string, err error) {
	says := transport.RedactedText(address) + " does not answer: " + cause(err)
	var certificate *tls.CertificateVerificationError
	switch {
	case transport.IsTimeout(err):
		d.unknown(group, name, says, "Check that this machine may reach it, by itself or through a proxy (HTTPS_PROXY, NO_PROXY), and try again.")
	case errors.As(err, &certificate):
		d.failed(group, name, says, "Give the certificate of its authority with ca-file, and check the host name.")
	default:
		d.failed(group, name, says, "Check the address, the proxy (HTTPS_PROXY, NO_PROXY), and that this machine may reach it.")
	}
}

// cause returns what went wrong without the address, which the check has.
func cause(err error) string {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	return err.Error()
}

// aboutAuthorities names what certificates are checked with.
func (d *doctor) aboutAuthorities(group string) {
	p := d.settings.Prometheus
	says := []string{"the system's"}
	if file := d.env.Getenv("SSL_CERT_FILE"); file != "" {
		says = []string{"those of SSL_CERT_FILE, " + file}
	}
	if len(p.CA) > 0 {
		says = append(says, d.authorities("ca-file", p.CAFile, p.CA))
	}
	if job := d.settings.Host.GitLab; job != nil && job.CAFile != "" {
		data, err := d.env.ReadFile(job.CAFile)
		if err != nil {
			d.failed(group, "CA file", "CI_SERVER_TLS_CA_FILE cannot be read: "+err.Error(), "Mount the file into the container of the job.")
			return
		}
		says = append(says, d.authorities("CI_SERVER_TLS_CA_FILE", job.CAFile, data))
	}
	if i := slices.IndexFunc(says, func(s string) bool { return strings.Contains(s, "expired") }); i >= 0 {
		d.warn(group, "CA file", says[i], "Put the present certificates of the authority into the file.")
		return
	}
	d.ok(group, "CA file", strings.Join(says, "; "))
}

// authorities counts the certificates of a file, and those that are over.
func (d *doctor) authorities(name, file string, data []byte) string {
	all, over := 0, 0
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			continue
		}
		all++
		if certificate.NotAfter.Before(d.env.now()) {
			over++
		}
	}
	says := fmt.Sprintf("%s of %s, %s", counted(all, "certificate"), name, file)
	if over > 0 {
		says += fmt.Sprintf(", of which %d expired", over)
	}
	return says
}

// aboutProxy says through which proxy requests go, as the transport takes it from
// the environment.
func (d *doctor) aboutProxy(group string) {
	var says []string
	for _, to := range []struct{ name, address string }{
		{"the API", d.settings.Host.URLs.API},
		{"Prometheus", strings.TrimPrefix(d.settings.Prometheus.URL, "scrape:")},
	} {
		u, err := url.Parse(to.address)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" {
			continue
		}
		proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u})
		if err != nil { // the error repeats the address with its password
			d.failed(group, "proxy", "the address of the proxy is not valid", "Correct HTTPS_PROXY and HTTP_PROXY: http://HOST:PORT, with user and password percent-encoded.")
			return
		}
		if proxy != nil {
			says = append(says, to.name+" through "+transport.Redacted(proxy))
		}
	}
	if len(says) == 0 {
		says = []string{"none"}
	}
	d.ok(group, "proxy", strings.Join(says, "; "))
}
