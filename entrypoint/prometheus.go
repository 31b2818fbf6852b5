package entrypoint

import (
	"net/url"
	"regexp"
	"strings"
)

// prometheus checks where samples come from. The address may come from a flag,
// an input or the environment, and from no file of the checkout: a pull request
// must not choose where the credentials go.
func (c *checker) prometheus() Prometheus {
	p := Prometheus{
		Username: c.values["prometheus-username"].Text, Password: c.values["prometheus-password"].Text,
		Token: c.values["prometheus-token"].Text, Tenant: c.values["prometheus-tenant"].Text,
		Headers: c.headers(), CAFile: c.values["ca-file"].Text,
	}
	text := c.values["prometheus-url"].Text
	if text != "" && !validSource(text) {
		c.wrong("prometheus-url", "an address that begins with http:// or https://, file:PATH, or scrape:URL, without a query")
	}
	user, password := userInfo(text)
	p.URL = withoutUser(text)
	if user != "" {
		if p.Username != "" && (p.Username != user || p.Password != password) {
			c.wrong("prometheus-url", "without user name and password when prometheus-username is set")
		}
		p.Username, p.Password = user, password
	}
	switch {
	case p.Username == "" && p.Password != "":
		c.wrong("prometheus-username", "set when prometheus-password is")
	case p.Username != "" && p.Token != "":
		c.wrong("prometheus-token", "empty when prometheus-username is set: a request has one login only")
	}
	if strings.ContainsAny(p.Tenant, "\r\n") {
		c.wrong("prometheus-tenant", "one line")
	}
	return p
}

// validSource reports whether text has one of the forms of prometheus-url.
func validSource(text string) bool {
	if path, ok := strings.CutPrefix(text, "file:"); ok {
		return path != ""
	}
	u, err := url.Parse(strings.TrimPrefix(text, "scrape:"))
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		u.Fragment == "" && (u.RawQuery == "" || strings.HasPrefix(text, "scrape:"))
}

// userInfo returns the user name and password inside an address.
func userInfo(text string) (string, string) {
	u, err := url.Parse(strings.TrimPrefix(text, "scrape:"))
	if err != nil || u.User == nil {
		return "", ""
	}
	password, _ := u.User.Password()
	return u.User.Username(), password
}

// withoutUser returns an address without user name and password.
func withoutUser(text string) string {
	rest, scrape := strings.CutPrefix(text, "scrape:")
	u, err := url.Parse(rest)
	if err != nil || u.User == nil {
		return text
	}
	u.User = nil
	if scrape {
		return "scrape:" + u.String()
	}
	return u.String()
}

// redacted returns an address fit for an error message. What cannot be read as
// an address is not shown when it may hold a password.
func redacted(text string) string {
	u, err := url.Parse(strings.TrimPrefix(text, "scrape:"))
	if err != nil && strings.Contains(text, "@") {
		return "(an address that cannot be read)"
	}
	if err != nil || u.User == nil {
		return text
	}
	return u.Redacted()
}

var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

// headers reads one "Name: value" a line.
func (c *checker) headers() []Header {
	var out []Header
	for line := range strings.Lines(c.values["prometheus-headers"].Text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || !headerName.MatchString(name) || value == "" || strings.ContainsAny(value, "\r\n\x00") {
			c.wrong("prometheus-headers", "one header a line, as X-Scope-OrgID: team-a")
			return nil
		}
		out = append(out, Header{name, value})
	}
	return out
}

// headerSecrets returns the values of the headers, which are what to hide.
func headerSecrets(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if _, value, ok := strings.Cut(line, ":"); ok {
			out = append(out, strings.TrimSpace(value))
		}
	}
	return out
}
