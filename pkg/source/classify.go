package source

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"github.com/nthlayer/action/pkg/transport"
)

// failedStatus classifies an answer that is no success.
func failedStatus(name string, status int, body []byte) *Error {
	said, errorType := serverWords(body)
	e := &Error{Status: status}
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		e.Kind, e.Hint = Unauthorized, "check the user and password, the token or the tenant, and what they may read"
	case status == http.StatusProxyAuthRequired:
		e.Kind, e.Hint = Unauthorized, "the proxy asks for a login; check HTTPS_PROXY and NO_PROXY"
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented:
		e.Kind, e.Hint = Unsupported, "use the address that /api/v1 is appended to, with its path prefix"
	case status == http.StatusTooManyRequests || tooMuch(said):
		e.Kind, e.Hint = Limited, "shorten the window, add matchers, or try again later"
	case status == http.StatusRequestTimeout || status == http.StatusGatewayTimeout || errorType == "timeout":
		e.Kind, e.Hint = Timeout, "shorten the window or raise the timeout"
	case status == http.StatusServiceUnavailable:
		e.Kind, e.Hint = ServerFault, "it is starting, stopping or overloaded; try again"
	case status >= 500:
		e.Kind, e.Hint = ServerFault, "look into the server's log"
	case status >= 400:
		e.Kind = Rejected
	default:
		e.Kind, e.Hint = Malformed, "check the address"
	}
	e.Message = fmt.Sprintf("%s answered %d %s", name, status, http.StatusText(status))
	if said != "" {
		e.Message += ": " + said
	}
	return e
}

// tooMuch recognises refusals for the amount of data, for which servers use
// statuses of their own choice.
func tooMuch(said string) bool {
	return strings.Contains(said, "too many samples") || strings.Contains(said, "err-mimir-max-")
}

// serverWords returns the error of a Prometheus API's answer, or the beginning
// of a text, on one line; nothing for a web page.
func serverWords(body []byte) (said, errorType string) {
	var answer struct {
		ErrorType string `json:"errorType"`
		Error     string `json:"error"`
	}
	if json.Unmarshal(body, &answer) == nil {
		return oneLine(answer.Error), answer.ErrorType
	}
	if looksLikeHTML(body) {
		return "", ""
	}
	return oneLine(string(body)), ""
}

func looksLikeHTML(body []byte) bool {
	return strings.HasPrefix(strings.TrimLeft(string(body[:min(len(body), 512)]), " \t\r\n\xef\xbb\xbf"), "<")
}

const longestWords = 300

// oneLine bounds a server's words, which may be hostile.
func oneLine(s string) string {
	if len(s) > 4*longestWords {
		s = s[:4*longestWords]
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > longestWords {
		s = string(runes[:longestWords]) + "..."
	}
	return s
}

// noConnection classifies errors of the connection. The text of a *url.Error is
// left out because it repeats the address.
func noConnection(name string, err error) *Error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if e := notAnswer(name, err); e != nil {
		return e
	}
	e := &Error{Kind: Unreachable, Message: name + " cannot be reached: " + oneLine(err.Error()), Err: err}
	var (
		dns    *net.DNSError
		op     *net.OpError
		record tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &op) && op.Op == "proxyconnect":
		e.Hint = "the proxy did not answer; check HTTPS_PROXY and NO_PROXY"
	case errors.As(err, &dns):
		e.Hint = "check the spelling of the host, and whether this machine may resolve it"
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Hint = "check that the server runs and that the port is right"
	case badCertificate(err):
		e.Hint = "give the certificate of its authority with ca-file, and check the host name"
	case errors.As(err, &record) || strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		e.Hint = "the server does not speak TLS on this port; use http:// or another port"
	default:
		e.Hint = "check the address and that this machine may reach it"
	}
	return e
}

func badCertificate(err error) bool {
	var (
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
		verify  *tls.CertificateVerificationError
	)
	return errors.As(err, &unknown) || errors.As(err, &host) || errors.As(err, &invalid) || errors.As(err, &verify)
}

// notAnswer classifies what came back but is no answer, and deadlines.
func notAnswer(name string, err error) *Error {
	var (
		large    *transport.TooLargeError
		redirect *transport.RedirectError
	)
	switch {
	case errors.As(err, &large):
		return &Error{Kind: Limited, Message: fmt.Sprintf("the answer of %s is larger than %d bytes", name, large.Limit), Hint: "ask for fewer series or a longer step", Err: err}
	case errors.As(err, &redirect):
		return &Error{Kind: Malformed, Message: redirect.Error(), Hint: "the address may lead to a login page", Err: err}
	case transport.IsTimeout(err):
		return &Error{Kind: Timeout, Message: name + " did not answer in time", Hint: "check that this machine may reach it, shorten the window or raise the timeout", Err: err}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Kind: Malformed, Message: "the answer of " + name + " broke off", Hint: "try again, and look into the log of the server or of a proxy before it", Err: err}
	}
	return nil
}
