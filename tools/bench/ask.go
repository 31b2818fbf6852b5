package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nthlayer/action/e2e/neighbour"
)

// ask measures verify and portfolio over many services.
func (b *bench) ask(ctx context.Context) error {
	folder, misspelt := filepath.Join(b.work, "ask"), filepath.Join(b.work, "ask-misspelt")
	if err := writeServices(filepath.Join(folder, "services"), b.services); err != nil {
		return err
	}
	if err := writeServices(filepath.Join(misspelt, "services"), b.services); err != nil {
		return err
	}
	if err := misspell(filepath.Join(misspelt, "services"), b.services); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for _, k := range []kind{recorded, raw} {
		blocks := filepath.Join(b.work, "blocks", string(k))
		if f, _, err := b.measure(ctx, call{program: self, args: []string{"blocks", blocks, string(k), strconv.Itoa(b.services)}}); err != nil || f.code != 0 {
			return fmt.Errorf("write blocks: exit code %d: %w", f.code, err)
		}
		if err := b.askOf(ctx, "the tests' server", k, folder, misspelt, func() (string, func(), error) { return startServe(ctx, self, blocks) }); err != nil {
			return err
		}
		prometheus, ok := b.tool("prometheus")
		if !ok {
			b.printf("\nPrometheus is not present (make bench-tools)\n")
			continue
		}
		err := b.askOf(ctx, "Prometheus", k, folder, misspelt, func() (string, func(), error) {
			s, err := neighbour.Prometheus(ctx, prometheus, blocks, "")
			if err != nil {
				return "", nil, err
			}
			return s.URL, s.Stop, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// startServe starts this program as a server.
func startServe(ctx context.Context, self, blocks string) (string, func(), error) {
	cmd := exec.CommandContext(ctx, self, "serve", blocks)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop := func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	}
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("the server did not start: %w", err)
	}
	return strings.TrimSpace(address), stop, nil
}

// askOf measures verify and portfolio against one server.
func (b *bench) askOf(ctx context.Context, server string, k kind, folder, misspelt string, open func() (string, func(), error)) error {
	url, stop, err := open()
	if err != nil {
		return err
	}
	defer stop()
	m, err := newMeter(url, b.now)
	if err != nil {
		return err
	}
	proxy := httptest.NewServer(m)
	defer proxy.Close()
	b.printf("\nask, %d services x 3 SLOs x 10 metrics, %s, %s\n", b.services, k, server)
	where := " (" + string(k) + ", " + server + ")"
	if k == recorded {
		verify, err := b.asks(ctx, m, folder, "verify", proxy.URL, selectors*b.services)
		if err != nil {
			return err
		}
		b.printf("  with one metric in a hundred misspelt:\n")
		more, err := b.asks(ctx, m, misspelt, "verify", proxy.URL, selectors*b.services-misspelled(b.services))
		if err != nil {
			return err
		}
		b.budget("verify, requests"+where, float64(verify.requests), 12, "")
		b.budget("verify, requests, some misspelt"+where, float64(more.requests), 12, "")
		// A server that needs a tenth of a second leaves no room for the files, which have
		// to be read whatever it does.
		read, _, err := b.best(ctx, b.rounds, call{program: b.program, args: []string{"lint", "--format", "json"}, dir: folder})
		if err != nil {
			return err
		}
		b.printf("  %-24s %s\n", "nthlayer lint, no server", read)
		b.printf("          %-58s %8.4g\n", "verify, wall over the server's time alone", verify.wall.Seconds()/verify.busy.Seconds())
		b.budget("verify, wall over the server's time and lint's"+where, verify.wall.Seconds()/(verify.busy+read.wall).Seconds(), 1.5, "")
	}
	portfolio, err := b.asks(ctx, m, folder, "portfolio", proxy.URL, 3*b.services)
	if err != nil {
		return err
	}
	hand, err := b.byHand(ctx, proxy.URL, k)
	if err != nil {
		return err
	}
	m.reset()
	b.printf("  %-24s %8.3f s wall for all\n", "one query per SLO shape", hand.Seconds())
	b.budget("portfolio, requests"+where, float64(portfolio.requests), 30, "")
	ratio := portfolio.wall.Seconds() / hand.Seconds()
	if k == recorded {
		b.budget("portfolio, wall over queries by hand"+where, ratio, 1.5, "")
		return nil
	}
	b.printf("          %-58s %8.4g\n", "portfolio, wall over queries by hand", ratio)
	return nil
}

// asked is what a run that asked a server cost.
type asked struct {
	figures
	requests int
	busy     time.Duration
}

// asks runs a command several times and returns the fastest run. Of each, so many
// metrics and SLOs must be ok.
func (b *bench) asks(ctx context.Context, m *meter, folder, command, server string, ok int) (asked, error) {
	var fastest asked
	var shown []passed
	for round := range b.rounds {
		m.reset()
		f, out, err := b.measure(ctx, call{
			program: b.program, dir: folder,
			args: []string{command, "--format", "json", "--prometheus-url", server, "--now", end().Format(time.RFC3339)},
		})
		if err != nil {
			return fastest, err
		}
		if err := sound(command, b.services, ok, f, out); err != nil {
			return fastest, err
		}
		requests, busy := m.reset()
		if round == 0 || f.wall < fastest.wall {
			fastest, shown = asked{figures: f, requests: len(requests), busy: busy}, requests
		}
	}
	b.printf("  %-24s %s  %d requests, server %.3f s\n", "nthlayer "+command, fastest.figures, fastest.requests, fastest.busy.Seconds())
	if b.verbose {
		for _, r := range shown {
			b.printf("    at %6.3f s for %6.3f s  %-28s %7d bytes  %.150s\n", r.began.Seconds(), r.took.Seconds(), r.path, len(r.query), strings.Join(strings.Fields(r.query), " "))
		}
	}
	return fastest, nil
}

// sound refuses figures of a run that did not do its work.
func sound(command string, services, ok int, f figures, out []byte) error {
	var report struct {
		Services []struct {
			Metrics []struct {
				State string `json:"state"`
			} `json:"metrics"`
			SLOs []struct {
				State string `json:"state"`
			} `json:"slos"`
		} `json:"services"`
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return fmt.Errorf("%s ends with code %d and no report: %w", command, f.code, err)
	}
	good := 0
	for _, s := range report.Services {
		for _, m := range s.Metrics {
			if m.State == "ok" {
				good++
			}
		}
		for _, o := range s.SLOs {
			if o.State == "ok" {
				good++
			}
		}
	}
	if good != ok || len(report.Services) != services {
		return fmt.Errorf("%s finds %d things ok in %d services, not %d in %d", command, good, len(report.Services), ok, services)
	}
	return nil
}

// byHand asks what a person would write who wants the SLI of all services, one
// query for each shape of SLO, and returns how long all take.
func (b *bench) byHand(ctx context.Context, server string, k kind) (time.Duration, error) {
	queries := []string{
		`sum by (service) (increase(http_requests_total{status!~"5.."}[30d])) / sum by (service) (increase(http_requests_total[30d]))`,
		`sum by (service) (increase(http_request_duration_seconds_bucket{le="0.25"}[30d])) / sum by (service) (increase(http_request_duration_seconds_bucket{le="+Inf"}[30d]))`,
		`1 - sum by (service) (increase(jobs_failed_total[30d])) / sum by (service) (increase(jobs_total[30d]))`,
	}
	if k == recorded {
		for i, name := range []string{"availability", "latency", "jobs"} {
			queries[i] = fmt.Sprintf(`1 - sum by (service) (sum_over_time(slo:events_bad:increase5m{slo=%[1]q}[30d])) / sum by (service) (sum_over_time(slo:events_total:increase5m{slo=%[1]q}[30d]))`, name)
		}
	}
	var fastest time.Duration
	for round := range b.rounds {
		begin := b.now()
		for _, q := range queries {
			if err := b.query(ctx, server, q); err != nil {
				return 0, err
			}
		}
		if wall := b.now().Sub(begin); round == 0 || wall < fastest {
			fastest = wall
		}
	}
	return fastest, nil
}

// query asks one query and checks that it has an answer for every service.
func (b *bench) query(ctx context.Context, server, query string) error {
	form := url.Values{"query": {query}, "time": {strconv.FormatInt(end().Unix(), 10)}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, server+"/api/v1/query", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		Data struct {
			Result []json.RawMessage `json:"result"`
		} `json:"data"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return err
	}
	if len(answer.Data.Result) != b.services {
		return fmt.Errorf("%s answers for %d services, not %d", query, len(answer.Data.Result), b.services)
	}
	return nil
}
