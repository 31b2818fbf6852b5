package entrypoint_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/host/hosttest"
	"github.com/nthlayer/action/pkg/source/memory"
	"github.com/nthlayer/action/pkg/source/sourcetest"
)

func TestDoctorAsksTheSourceOfSamples(t *testing.T) {
	store, err := memory.Snapshot("m.yaml", []byte("interval: 1m\ninput_series:\n  - series: up\n    values: '1+0x60'\n"), doctorNow)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(elsewhere.Close)
	tests := []struct {
		name    string
		arrange func(t *testing.T, p *patient, s *sourcetest.Server)
		verdict entrypoint.CheckVerdict
		code    int
		words   []string
	}{
		{"it answers", func(*testing.T, *patient, *sourcetest.Server) {}, entrypoint.CheckOK, 0, []string{"answers"}},
		{"it wants a login", func(_ *testing.T, _ *patient, s *sourcetest.Server) { s.RequireBearer("right") }, entrypoint.CheckFail, 2, []string{"401", "Check the user and password, the token"}},
		{"it answers HTML", func(_ *testing.T, _ *patient, s *sourcetest.Server) { s.Always("/api/v1/query", sourcetest.HTML()) }, entrypoint.CheckFail, 2, []string{"web page", "/api/v1"}},
		{"it is out of order", func(_ *testing.T, _ *patient, s *sourcetest.Server) {
			s.Always("/api/v1/query", sourcetest.Status(503))
		}, entrypoint.CheckUnknown, 4, []string{"503"}},
		{"its answers are partial", func(_ *testing.T, _ *patient, s *sourcetest.Server) {
			s.Always("/api/v1/query", sourcetest.Warn("a store is away"))
		}, entrypoint.CheckWarn, 1, []string{"a store is away"}},
		{"it is away", func(_ *testing.T, p *patient, _ *sourcetest.Server) {
			p.set("INPUT_PROMETHEUS-URL", "http://127.0.0.1:1")
		}, entrypoint.CheckFail, 2, []string{"refused", "Check that the server runs"}},
		{"its certificate is nobody's", func(_ *testing.T, p *patient, _ *sourcetest.Server) {
			p.set("INPUT_PROMETHEUS-URL", elsewhere.URL)
		}, entrypoint.CheckFail, 2, []string{"certificate", "ca-file"}},
		{"there is none", func(_ *testing.T, p *patient, _ *sourcetest.Server) { p.set("INPUT_PROMETHEUS-URL", "") }, entrypoint.CheckFail, 2, []string{"verify and gate", "stages: lint"}},
		{"there is none, and unknown passes", func(_ *testing.T, p *patient, _ *sourcetest.Server) {
			p.set("INPUT_PROMETHEUS-URL", "", "INPUT_ON-UNKNOWN", "pass")
		}, entrypoint.CheckWarn, 1, nil},
		{"there is none, and nobody asks", func(_ *testing.T, p *patient, _ *sourcetest.Server) {
			p.set("INPUT_PROMETHEUS-URL", "", "INPUT_STAGES", "lint")
		}, entrypoint.CheckOK, 0, nil},
		{"its inputs are wrong", func(_ *testing.T, p *patient, _ *sourcetest.Server) {
			p.set("INPUT_PROMETHEUS-USERNAME", "me")
		}, entrypoint.CheckUnknown, 3, []string{"not asked while its inputs are wrong"}},
		{"another input is wrong", func(_ *testing.T, p *patient, _ *sourcetest.Server) {
			p.set("INPUT_FAIL-ON", "eror")
		}, entrypoint.CheckOK, 3, []string{"answers"}},
		{"its file is broken", func(t *testing.T, p *patient, _ *sourcetest.Server) {
			if err := os.WriteFile(filepath.Join(p.dir, "broken.yaml"), []byte("interval: soon\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			p.set("INPUT_PROMETHEUS-URL", "file:broken.yaml")
		}, entrypoint.CheckFail, 3, []string{"broken.yaml"}},
		{"it knows one moment", func(t *testing.T, p *patient, _ *sourcetest.Server) {
			if err := os.WriteFile(filepath.Join(p.dir, "page.txt"), []byte("up 1\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			p.set("INPUT_PROMETHEUS-URL", "file:page.txt")
		}, entrypoint.CheckWarn, 1, []string{"one moment"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := onGitHub(t, "pull_request")
			s := sourcetest.NewServer(t, store)
			p.set("INPUT_PROMETHEUS-URL", s.URL, "INPUT_PROMETHEUS-TOKEN", "wrong-token")
			tt.arrange(t, p, s)
			d := p.diagnosis()
			want(t, d, "metrics", "source", tt.verdict, tt.words...)
			if d.ExitCode != tt.code {
				t.Errorf("exit code %d, want %d", d.ExitCode, tt.code)
			}
		})
	}
}

func TestDoctorLooksAtAddresses(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html>log in</html>"))
	}))
	t.Cleanup(page.Close)
	away := httptest.NewServer(http.RedirectHandler("http://127.0.0.1:1/login", http.StatusFound))
	t.Cleanup(away.Close)
	tests := []struct {
		name    string
		set     []string
		check   string
		verdict entrypoint.CheckVerdict
		words   []string
		code    int
	}{
		{"in the clear", []string{"GITHUB_API_URL", "http://github.invalid:1/api/v3", "GITHUB_SERVER_URL", "http://github.invalid:1"}, "API address", entrypoint.CheckWarn, []string{"not encrypted", "https://"}, entrypoint.ExitFail},
		{"of two servers", []string{"GITHUB_API_URL", strings.Replace(page.URL, "127.0.0.1", "localhost", 1)}, "API address", entrypoint.CheckWarn, []string{"the token would go to", "/api/v3"}, entrypoint.ExitFail},
		{"without the path of the API", []string{"GITHUB_API_URL", page.URL, "GITHUB_SERVER_URL", page.URL}, "API", entrypoint.CheckFail, []string{"this is no API", "/api/v3"}, entrypoint.ExitFail},
		{"of nobody", []string{"GITHUB_API_URL", "http://127.0.0.1:1", "GITHUB_SERVER_URL", "http://127.0.0.1:1"}, "API", entrypoint.CheckFail, []string{"refused", "HTTPS_PROXY"}, entrypoint.ExitFail},
		{"that lead to a login page, for people", []string{"GITHUB_SERVER_URL", away.URL}, "server", entrypoint.CheckOK, []string{"answers (302)"}, entrypoint.ExitPass},
		{"of nobody, for people", []string{"GITHUB_SERVER_URL", "http://127.0.0.1:1"}, "server", entrypoint.CheckWarn, []string{"refused", "links"}, entrypoint.ExitWarn},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := onGitHub(t, "pull_request")
			d := p.set(tt.set...).diagnosis()
			want(t, d, "network", tt.check, tt.verdict, tt.words...)
			if d.ExitCode != tt.code {
				t.Errorf("exit code %d, want %d", d.ExitCode, tt.code)
			}
		})
	}
}

func TestDoctorCountsTheRequestsThatAreLeft(t *testing.T) {
	p, g := onGitHub(t, "pull_request")
	g.Spend(950)
	want(t, p.diagnosis(), "token", "limit", entrypoint.CheckWarn, "50 of 1000 requests", "next hour")
}

func TestDoctorExplainsGitLabsTokens(t *testing.T) {
	p, g := onGitLab(t)
	p.set("NTHLAYER_STATUSES", "true")
	d := p.set("GITLAB_TOKEN", p.env["CI_JOB_TOKEN"]).diagnosis()
	want(t, d, "token", "kind", entrypoint.CheckFail, "job token", "project access token with the scope api")
	want(t, d, "delivery", "comment", entrypoint.CheckWarn, "cannot", "job token")
	if d.ExitCode != entrypoint.ExitFail {
		t.Errorf("exit code %d", d.ExitCode)
	}
	g.Grant("glpat-reader", hosttest.GitLabToken{User: hosttest.Developer, Role: 40, Scopes: []string{"read_api"}})
	d = p.set("GITLAB_TOKEN", "glpat-reader").diagnosis()
	want(t, d, "token", "kind", entrypoint.CheckOK, "personal access token")
	want(t, d, "delivery", "comment", entrypoint.CheckWarn, "cannot", "read_api", "scope api")
	g.Grant("glpat-revoked", hosttest.GitLabToken{User: hosttest.Developer, Revoked: true})
	d = p.set("GITLAB_TOKEN", "glpat-revoked").diagnosis()
	want(t, d, "token", "answer", entrypoint.CheckFail, "revoked", "new project access token")
	want(t, d, "delivery", "comment", entrypoint.CheckWarn, "cannot")
	g.Grant("glpat-threads", hosttest.GitLabToken{User: hosttest.Developer, Role: 30})
	d = p.set("GITLAB_TOKEN", "glpat-threads", "NTHLAYER_GITLAB_THREADS", "true").diagnosis()
	want(t, d, "delivery", "threads", entrypoint.CheckOK, "would deliver")
}

func TestDoctorTellsWhichPermissionIsMissing(t *testing.T) {
	p, g := onGitHub(t, "pull_request")
	g.Break(hosttest.Fault{Path: "/statuses", Status: 403, Message: "Resource not accessible by integration"})
	d := p.diagnosis()
	want(t, d, "delivery", "statuses", entrypoint.CheckWarn, "cannot", "Add to the job's permissions: statuses: write.")
	want(t, d, "delivery", "comment", entrypoint.CheckOK, "would try", "pull-requests: write")
	d = p.set("INPUT_STRICT-PUBLISH", "true").diagnosis()
	want(t, d, "delivery", "statuses", entrypoint.CheckFail)
	if d.ExitCode != entrypoint.ExitFail {
		t.Errorf("exit code %d", d.ExitCode)
	}
	p, g = onGitHub(t, "pull_request")
	g.Break(hosttest.Fault{Path: "/check-runs", Status: 403, Message: "Resource not accessible by integration"})
	d = p.set("INPUT_ANNOTATE", "checks", "INPUT_PENDING", "true", "GITHUB_STATE", "").diagnosis()
	want(t, d, "delivery", "checks", entrypoint.CheckWarn, "cannot", "checks: write")
	want(t, d, "delivery", "pending", entrypoint.CheckWarn, "cannot", "GITHUB_STATE")
	g.Grant("ghp_person", hosttest.Token{User: hosttest.Human, Scopes: "repo"})
	d = p.set("INPUT_TOKEN", "ghp_person", "GITHUB_STATE", filepath.Join(t.TempDir(), "state")).diagnosis()
	want(t, d, "delivery", "checks", entrypoint.CheckWarn, "only apps", "github.token")
	want(t, d, "delivery", "pending", entrypoint.CheckOK, "would deliver")
	want(t, d, "token", "scopes", entrypoint.CheckOK, "repo")
	want(t, d, "delivery", "statuses", entrypoint.CheckOK, "would deliver")
	d = p.set("INPUT_TOKEN", "").diagnosis()
	want(t, d, "token", "kind", entrypoint.CheckWarn, "there is no token", "github.token")
	d = p.set("INPUT_TOKEN", "ghs_of-somewhere-else").diagnosis()
	want(t, d, "token", "answer", entrypoint.CheckFail, "401", "example/shop")
	if d.ExitCode != entrypoint.ExitFail {
		t.Errorf("exit code %d", d.ExitCode)
	}
}

// What may be over in a minute is not decided.
func TestDoctorDoesNotJudgeAServerThatFails(t *testing.T) {
	p, g := onGitHub(t, "pull_request")
	g.Break(hosttest.Fault{Path: "/api/v3/", Status: 503, Message: "starting"})
	d := p.diagnosis()
	want(t, d, "token", "answer", entrypoint.CheckUnknown, "503", "again")
	want(t, d, "network", "API", entrypoint.CheckUnknown, "503")
	if d.ExitCode != entrypoint.ExitUnknown {
		t.Errorf("exit code %d", d.ExitCode)
	}
}

func TestDoctorLooksAtAuthorities(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	p, _ := onGitLab(t)
	file := filepath.Join(t.TempDir(), "ca.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, p.set("CI_SERVER_TLS_CA_FILE", file).diagnosis(), "network", "CA file", entrypoint.CheckOK, "1 certificate of CI_SERVER_TLS_CA_FILE, "+file)
	if err := os.WriteFile(file, append(data, expired(t)...), 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, p.diagnosis(), "network", "CA file", entrypoint.CheckWarn, "2 certificates", "1 expired", "present certificates")
	d := p.set("CI_SERVER_TLS_CA_FILE", "/no/such/ca.pem").diagnosis()
	want(t, d, "network", "CA file", entrypoint.CheckFail, "CI_SERVER_TLS_CA_FILE", "Mount")
	want(t, d, "token", "kind", entrypoint.CheckFail, "/no/such/ca.pem")
}

// expired returns a certificate that ended before doctorNow.
func expired(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: doctorNow.AddDate(-2, 0, 0), NotAfter: doctorNow.AddDate(-1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestDoctorLooksAtTheFilesToWrite(t *testing.T) {
	p, _ := onGitHub(t, "pull_request")
	if err := errors.Join(os.Mkdir(filepath.Join(p.dir, "report"), 0o755), os.Symlink(t.TempDir(), filepath.Join(p.dir, "out"))); err != nil {
		t.Fatal(err)
	}
	d := p.set("INPUT_REPORT-FILE", "report", "INPUT_SARIF-FILE", "out/x.sarif").diagnosis()
	want(t, d, "delivery", "report-file", entrypoint.CheckWarn, "cannot", "folder")
	want(t, d, "delivery", "sarif-file", entrypoint.CheckWarn, "cannot", "leads out of the workspace")
}

// The report of another run is read, and its pull request looked up, as a run does.
func TestDoctorLooksAtAReportToPublish(t *testing.T) {
	rep := sample()
	rep.EvaluatedAt = doctorNow.Add(-time.Hour)
	p := patientOf(newFollowUp(t, "workflow_run_fork", rep)).set("GITHUB_EVENT_NAME", "workflow_run")
	d := p.diagnosis()
	want(t, d, "files", "from-report", entrypoint.CheckOK, "fail from 2026-03-01T11:00:00Z", "the fork's own run")
	want(t, d, "metrics", "source", entrypoint.CheckOK, "ask nobody")
	want(t, d, "delivery", "statuses", entrypoint.CheckOK, "would skip")
	want(t, d, "delivery", "comment", entrypoint.CheckOK, "would try")
	if d.Context.PR != 7 {
		t.Errorf("the pull request is %d", d.Context.PR)
	}
	want(t, p.set("INPUT_MAX-AGE", "10m").diagnosis(), "files", "from-report", entrypoint.CheckWarn, "max-age")
	d = p.set("INPUT_FROM-REPORT", "no-report.json").diagnosis()
	want(t, d, "files", "from-report", entrypoint.CheckFail, "download it")
	if d.ExitCode != entrypoint.ExitUsage {
		t.Errorf("exit code %d", d.ExitCode)
	}
}

// Every file that a run can write has a line, and every input is shown.
func TestDoctorNamesEveryFileAndInput(t *testing.T) {
	p, _ := onGitHub(t, "pull_request")
	d := p.diagnosis()
	if len(d.Inputs) != len(entrypoint.Options()) {
		t.Errorf("%d inputs are shown", len(d.Inputs))
	}
	for i, o := range entrypoint.Options() {
		if d.Inputs[i].Name != o.Name {
			t.Errorf("%s is not shown", o.Name)
		}
		if o.Kind == entrypoint.Path && o.Name != "from-report" && o.Name != "generated-dir" {
			want(t, d, "delivery", o.Name, entrypoint.CheckOK)
		}
	}
	if strings.Contains(p.stdout, jobToken) {
		t.Error("the token is shown")
	}
}

// The page names every field of the JSON, and no others.
func TestDoctorPageNamesEveryField(t *testing.T) {
	page, err := os.ReadFile("../docs/doctor.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(page), "### For programs\n")
	if !ok {
		t.Fatal("the page has no part for programs")
	}
	var documented []string
	for _, row := range regexp.MustCompile("(?m)^\\| (`.*?`) \\|").FindAllStringSubmatch(table, -1) {
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			documented = append(documented, name[1])
		}
	}
	var fields []string
	names := func(prefix string, of reflect.Type) {
		for i := range of.NumField() {
			name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			if name != "" {
				fields = append(fields, prefix+name)
			}
		}
	}
	names("", reflect.TypeFor[entrypoint.Diagnosis]())
	names("checks[].", reflect.TypeFor[entrypoint.Check]())
	names("inputs[].", reflect.TypeFor[entrypoint.InputValue]())
	fields = slices.DeleteFunc(fields, func(f string) bool { return f == "checks" || f == "inputs" })
	slices.Sort(fields)
	slices.Sort(documented)
	if diff := cmp.Diff(fields, documented); diff != "" {
		t.Errorf("fields (-program +page):\n%s", diff)
	}
}
