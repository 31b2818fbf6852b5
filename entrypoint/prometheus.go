package entrypoint

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/nthlayer/action/pkg/source"
)

// prometheus checks where samples come from. The address may come from a flag,
// an input or the environment, and from no file of the checkout: a pull request
// must not choose where the credentials go.
func (c *checker) prometheus() Prometheus {
	p := Prometheus{
		Username: c.values["prometheus-username"].Text, Password: c.values["prometheus-password"].Text,
		Token: c.values["prometheus-token"].Text, Tenant: c.values["prometheus-tenant"].Text,
		Headers: c.headers(),
	}
	p.CAFile, p.CA = c.authorities()
	text := c.values["prometheus-url"].Text
	if text != "" && !validSource(text) {
		c.wrong("prometheus-url", "an address that begins with http:// or https://, file:PATH, or scrape:URL, without a query")
	} else if strings.HasPrefix(text, "file:") {
		if err := source.CheckFile(text, c.workspace); err != nil {
			c.problems = append(c.problems, "prometheus-url"+c.from("prometheus-url")+": "+err.Error())
		}
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

// maxAuthorities is the largest file of certificate authorities, in bytes.
const maxAuthorities = 4 << 20

// authorities reads the ca-file: its path, and what it holds. A relative path, or
// one that is written as a place in the workspace, must stay inside of it, links
// included; any other absolute path is the job's own.
func (c *checker) authorities() (string, []byte) {
	name := c.values["ca-file"].Text
	if name == "" {
		return "", nil
	}
	data, err := readAuthorities(c.workspace, name)
	switch {
	case err != nil:
		c.wrong("ca-file", "a PEM file with certificates, and "+err.Error())
	case !x509.NewCertPool().AppendCertsFromPEM(data):
		c.wrong("ca-file", "a PEM file with certificates, and it holds none")
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(c.workspace, name)
	}
	return name, data
}

func readAuthorities(workspace, name string) ([]byte, error) {
	dir, rel := filepath.Dir(name), filepath.Base(name)
	if inside, ok := within(workspace, name); ok {
		dir, rel = workspace, inside
	} else if !filepath.IsAbs(name) {
		return nil, errors.New("this path leads out of the workspace; an absolute path may")
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, errors.New("its folder cannot be opened")
	}
	defer func() { _ = root.Close() }() // nothing is written
	info, err := root.Stat(rel)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("there is no such file")
	case err != nil && strings.Contains(err.Error(), "escapes"): // the package os has no error for it
		return nil, errors.New("this is a link that leads out of the workspace")
	case err != nil:
		return nil, fmt.Errorf("it cannot be read: %w", plainCause(err))
	case !info.Mode().IsRegular() || info.Size() > maxAuthorities:
		return nil, errors.New("this is no regular file of a sensible size")
	}
	return root.ReadFile(rel)
}

// plainCause drops the operation and the path from a file error; the caller names
// the file as the user wrote it.
func plainCause(err error) error {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return failed.Err
	}
	return err
}

// within returns a path relative to the workspace, false for one outside of it.
func within(workspace, name string) (string, bool) {
	if filepath.IsAbs(name) {
		abs, err := filepath.Abs(workspace)
		if err != nil {
			return "", false
		}
		rel, err := filepath.Rel(abs, name)
		if err != nil {
			return "", false
		}
		name = rel
	}
	return filepath.Clean(name), filepath.IsLocal(name)
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
