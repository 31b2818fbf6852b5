package transport

import (
	"net/url"
	"regexp"
	"strings"
)

// Redacted returns an address without user, password and query, all of which
// may hold secrets.
func Redacted(u *url.URL) string {
	c := *u
	c.User, c.RawQuery, c.Fragment, c.RawFragment = nil, "", "", ""
	return c.String()
}

var schemes = regexp.MustCompile(`^(?i:scrape:)?(?i:https?://)?`)

// RedactedText returns what somebody gave as an address, fit for a message. It
// need not be one: with the scheme forgotten or a password that is not encoded no
// parser finds the secret. So everything before the last @ is hidden, and so are
// query and fragment.
func RedactedText(text string) string {
	const hidden = "***"
	scheme := schemes.FindString(text)
	rest := text[len(scheme):]
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		rest = hidden + rest[at:]
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i+1] + hidden
	}
	return scheme + rest
}

// AddressSecrets returns what must not be shown of what somebody gave as an
// address: the password, or all before the @ where it cannot be told from the
// user, as it is written and decoded.
func AddressSecrets(text string) []string {
	rest := text[len(schemes.FindString(text)):]
	at := strings.LastIndex(rest, "@")
	if at < 0 {
		return nil
	}
	login := rest[:at]
	if _, behind, ok := strings.Cut(login, "//"); ok { // the scheme is misspelt
		login = behind
	}
	secret := login
	if _, password, ok := strings.Cut(login, ":"); ok {
		secret = password
	}
	out := []string{secret}
	if i := strings.LastIndex(secret, ":"); i >= 0 {
		out = append(out, secret[i+1:])
	}
	if decoded, err := url.PathUnescape(secret); err == nil && decoded != secret {
		out = append(out, decoded)
	}
	return out
}
