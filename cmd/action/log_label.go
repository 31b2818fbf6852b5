package main

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/nthlayer/action/entrypoint"
	"github.com/nthlayer/action/pkg/generate/loki"
	"github.com/nthlayer/action/pkg/pipeline"
	"github.com/nthlayer/action/pkg/push"
	"github.com/nthlayer/action/pkg/push/ruler"
)

// addLogFlags adds what may be said about the streams of Loki.
func (g *generation) addLogFlags(fs *pflag.FlagSet) {
	fs.StringVar(&g.options.LogLabel, "log-label", "", "The label of Loki's streams that names the workload, where the service file gives no selector; app when not given.")
	fs.StringVar(&g.lokiURL, "loki-url", "", "Ask the Loki at this address which label that is, with the credentials of LOKI_API_KEY, or LOKI_USERNAME and LOKI_PASSWORD.")
}

// askingLoki returns what looks at the folder and finds out which label names the
// workload, before anything is generated.
func (g *generation) askingLoki(c *check) func(context.Context, pipeline.Options, entrypoint.Settings) error {
	return func(ctx context.Context, o pipeline.Options, s entrypoint.Settings) error {
		if err := g.own(o.Workspace, o.Files); err != nil {
			return err
		}
		return g.askLoki(ctx, c, o, s)
	}
}

// askLoki finds out which label names the workload. Whoever asks a Loki wants no
// guess, so that one which does not answer is an error.
func (g *generation) askLoki(ctx context.Context, c *check, o pipeline.Options, s entrypoint.Settings) error {
	if g.lokiURL == "" || o.Generation == nil {
		return nil
	}
	if g.options.LogLabel != "" {
		return fmt.Errorf("--log-label says which label it is, and --loki-url asks for it: leave one of them out")
	}
	to := pushing{c: c, g: g}
	at, err := address(g.lokiURL, "the label of a workload", "--loki-url")
	if err != nil {
		return err
	}
	system := system{name: "Loki", address: at, credentials: "LOKI_API_KEY, or LOKI_USERNAME and LOKI_PASSWORD", headers: map[string]string{}}
	if err := to.login(&system, "LOKI", "--loki-url"); err != nil {
		return err
	}
	var api push.API
	system.open = func(a push.API) push.Target { api = a; return nil }
	if _, err := system.connect(s.Prometheus.CA); err != nil {
		return err
	}
	has, err := ruler.Labels(ctx, api)
	if err != nil {
		return fmt.Errorf("%w; name the label with --log-label to go on without it", err)
	}
	label := loki.WorkloadLabel(has)
	if label == "" {
		return fmt.Errorf("the streams of %s have none of the labels app, service_name, job and container: name the one of the workload with --log-label, or write logs: {selector: ...} into the service file", api.Name())
	}
	o.Generation.Options.LogLabel = label
	return nil
}
