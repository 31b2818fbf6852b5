package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/pflag"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/push"
	"github.com/nthlayer/action/pkg/push/ruler"
	"github.com/nthlayer/action/pkg/render"
	"github.com/nthlayer/action/pkg/report"
	"github.com/nthlayer/action/pkg/transport"
)

// pushing is what plan and apply write to other systems. Where to, and with which
// credentials, comes from flags and variables alone: a file of a pull request must
// not choose where credentials go.
type pushing struct {
	c *check
	g *generation
	// These say what is pushed to.
	grafana, ruler, loki, pagerDuty bool
	// update changes what is at PagerDuty already.
	update    bool
	rulerPath string
	// folder is the uid of Grafana's folder for all dashboards, org the organisation,
	// and tokenEnv the variable with the token; empty for the usual ones.
	folder, org, tokenEnv string
	// deployed compares the rules with those that Prometheus has loaded.
	deployed bool
	systems  []system
	// done is what happened at each of them.
	done []pushedTo
	// exact shows the requests of a plan with their bodies.
	exact bool
	// changes is set when anything is written, or would be.
	changes bool
	// blind is set when a system that was only to be compared with could not be asked.
	blind bool
}

func (p *pushing) addFlags(fs *pflag.FlagSet) {
	fs.BoolVar(&p.grafana, "push-grafana", false, "Push dashboards to the Grafana of NTHLAYER_GRAFANA_URL.")
	fs.BoolVar(&p.grafana, "push", false, "The same as --push-grafana.")
	_ = fs.MarkHidden("push")
	fs.StringVar(&p.folder, "grafana-folder", "", "The uid of the Grafana folder for all dashboards; one for each team, nthl-TEAM, when empty.")
	fs.StringVar(&p.org, "grafana-org-id", "", "The number of the Grafana organisation; that of NTHLAYER_GRAFANA_ORG_ID, or of the token, when empty.")
	fs.StringVar(&p.tokenEnv, "grafana-token-env", "", "The variable that holds the token of Grafana; NTHLAYER_GRAFANA_API_KEY when empty.")
	fs.BoolVar(&p.ruler, "push-ruler", false, "Push rules to the Mimir or Cortex of MIMIR_RULER_URL.")
	fs.BoolVar(&p.loki, "push-loki-ruler", false, "Push alerts on logs to the Loki of LOKI_RULER_URL.")
	fs.BoolVar(&p.pagerDuty, "push-pagerduty", false, "Make at PagerDuty what services need there.")
	fs.BoolVar(&p.update, "update-existing", false, "Change objects at PagerDuty that differ and are marked as managed by NthLayer.")
	fs.StringVar(&p.rulerPath, "ruler-api-path", "", "The path of the ruler's API; when empty, /prometheus/config/v1/rules and then /api/v1/rules.")
}

// asked reports whether anything is compared with other systems.
func (p *pushing) asked() bool { return len(p.systems) > 0 || p.deployed }

// run pushes what was generated, or says what would be pushed, and returns the report
// with the result. What could not be generated is not pushed.
func (p *pushing) run(ctx context.Context, s entrypoint.Settings, rep *report.Report) (*report.Report, error) {
	if !p.asked() {
		return rep, nil
	}
	if rep.Verdict == report.Fail || rep.Verdict == report.Undecidable {
		return rep.WithStage("push", nil, "something could not be generated"), nil
	}
	var findings []report.Finding
	if p.deployed {
		found, err := p.compare(ctx, s)
		if err != nil {
			return nil, err
		}
		findings = found
	}
	for _, system := range p.systems {
		target, err := system.connect(s.Prometheus.CA)
		if err != nil {
			return nil, err
		}
		found, err := p.to(ctx, target, push.API{Base: system.address})
		if err != nil {
			return nil, err
		}
		if findings = append(findings, found...); ctx.Err() != nil {
			break
		}
	}
	out := p.reported(rep.WithStage("push", findings, ""))
	if p.blind {
		out = out.Undecided()
	}
	return out, nil
}

// to pushes all services to one system. A service that fails does not keep the
// others from it, unless the run has ended.
func (p *pushing) to(ctx context.Context, target push.Target, api push.API) ([]report.Finding, error) {
	var findings []report.Finding
	var outcomes []push.Outcome
	for _, m := range p.g.made {
		s := p.service(m)
		o := push.Run(ctx, target, s, p.g.write)
		outcomes = append(outcomes, o)
		findings = append(findings, o.Findings(s)...)
		p.blind = p.blind || o.Err != nil && !o.Applied || o.Stopped()
		for _, c := range o.Changes {
			p.changes = p.changes || c.Writes()
		}
		if ctx.Err() != nil {
			break
		}
	}
	p.done = append(p.done, pushedTo{api, outcomes})
	return findings, p.print(target.Name(), api, outcomes)
}

func (p *pushing) service(m pipeline.Generated) push.Service {
	s := push.Service{
		Name: m.Service.Name.V, Team: m.Service.Team.V, Environment: m.Service.Environment, Origin: m.Service.At,
		All: len(p.g.only) == 0 && len(p.g.skip) == 0 && !m.Broken,
	}
	for _, c := range m.Changes {
		if !c.Gone() {
			s.Artefacts = append(s.Artefacts, c.Artefact)
		}
	}
	return s
}

// print says what happens to each object. Without -v what stays is counted, and the
// bodies of requests are left out, but for those of a dry run. Where a machine reads standard output, people
// read it on standard error.
func (p *pushing) print(target string, api push.API, outcomes []push.Outcome) error {
	if p.c.flags.quiet {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", render.TerminalText(target))
	unchanged := 0
	for _, o := range outcomes {
		for i, c := range o.Changes {
			switch {
			case c.Action == push.Unchanged && !p.c.flags.verbose:
				unchanged++
				continue
			case o.Applied && i >= o.Done && c.Writes():
				fmt.Fprintf(&b, "  %-9s  %s\n", unwritten(i, o), render.TerminalText(c.What))
				continue
			}
			fmt.Fprintf(&b, "  %-9s  %s\n", c.Action, render.TerminalText(what(c)))
			b.WriteString(p.requests(api, c))
		}
	}
	if unchanged > 0 {
		fmt.Fprintf(&b, "  %d unchanged\n", unchanged)
	}
	out := p.c.p.stdout
	if p.c.flags.format != "table" || p.c.flags.output != "" {
		out = p.c.p.stderr
	}
	_, err := io.WriteString(out, b.String()+"\n")
	return err
}

// unwritten says why a change of a run that broke off is not written: it failed, or
// stands behind the one that did.
func unwritten(i int, o push.Outcome) string {
	if i == o.Done {
		return "failed"
	}
	return "not tried"
}

func what(c push.Change) string {
	if c.Why == "" {
		return c.What
	}
	return c.What + ": " + c.Why
}

// requests are those that a plan would send, without credentials.
func (p *pushing) requests(api push.API, c push.Change) string {
	if p.g.write && !p.c.flags.verbose {
		return ""
	}
	var b strings.Builder
	for _, r := range c.Requests {
		fmt.Fprintf(&b, "             %s %s, %d bytes\n", r.Method, render.TerminalText(api.URL(r.Path)), len(r.Body))
		if !p.c.flags.verbose && !p.exact {
			continue
		}
		for line := range strings.Lines(string(r.Body)) {
			fmt.Fprintf(&b, "               %s\n", render.TerminalText(strings.TrimSuffix(line, "\n")))
		}
	}
	return b.String()
}

// compare compares the rules with those that Prometheus has loaded.
func (p *pushing) compare(ctx context.Context, s entrypoint.Settings) ([]report.Finding, error) {
	u, err := url.Parse(s.Prometheus.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("--deployed asks a server which rules it has loaded: name it with --prometheus-url")
	}
	options := prometheusTransport(s)
	options.Origin = u
	t, err := transport.New(options)
	if err != nil {
		return nil, fmt.Errorf("connect to Prometheus: %w", err)
	}
	var services []push.Service
	for _, m := range p.g.made {
		services = append(services, p.service(m))
	}
	api := push.API{System: "Prometheus", Base: u, HTTP: t.Client(), Credentials: "NTHLAYER_PROMETHEUS_TOKEN, or the user name and password"}
	found, err := ruler.Deployed(ctx, api, services)
	if err == nil {
		return found, nil
	}
	p.blind = true
	f := report.Finding{Rule: push.RuleUnavailable, Severity: report.Warning, Message: err.Error(), Suggestion: "see what the server says, and run it again"}
	if ctx.Err() != nil {
		f.Rule, f.Suggestion = push.RuleStopped, "run it again"
	}
	return []report.Finding{f}, nil
}

// prometheusTransport is how a Prometheus is connected to.
func prometheusTransport(s entrypoint.Settings) transport.Options {
	p := s.Prometheus
	t := transport.Options{
		CA: p.CA, Proxy: http.ProxyFromEnvironment, Concurrency: s.Concurrency,
		UserAgent: "nthlayer/" + version, Headers: map[string]string{},
	}
	switch {
	case p.Token != "":
		t.Auth = transport.Bearer(p.Token)
	case p.Username != "" || p.Password != "":
		t.Auth = transport.Basic(p.Username, p.Password)
	}
	for _, h := range p.Headers {
		t.Headers[h.Name] = h.Value
	}
	if p.Tenant != "" {
		t.Headers["X-Scope-OrgID"] = p.Tenant
	}
	return t
}
