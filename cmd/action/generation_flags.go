package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/bundle"
	"github.com/nthlayer/action/pkg/generate/folder"
)

// defaultOutputDir is the folder that has a folder for each service.
const defaultOutputDir = "generated"

// addFlags adds what may be said about all kinds of artefacts.
func (g *generation) addFlags(fs *pflag.FlagSet) {
	fs.StringVar(&g.options.RunbookURL, "runbook-url", "", "The address below which runbooks are, by service and alert.")
	fs.StringVar(&g.options.GrafanaURL, "grafana-url", "", "The address of Grafana, for links to dashboards.")
	fs.DurationVar(&g.interval, "interval", 0, "How often rules are evaluated, 1s to 5m; 30s for SLOs and by tier for others when not given.")
	fs.IntVar(&g.options.MinEvents, "min-events", 0, "How many events the long window of a burn-rate alert must have had more than; 30, and any number for batch jobs, when not given.")
}

// addDashboardFlags adds what may be said about dashboards.
func (g *generation) addDashboardFlags(fs *pflag.FlagSet) {
	fs.BoolVar(&g.options.Full, "full", false, "Show all panels of a technology, not only the most telling ones.")
	fs.BoolVar(&g.options.RawDashboard, "raw-dashboard", false, "Write dashboards without the wrapper of Grafana's API, as Grafana imports them.")
}

// addRecordFlags adds what may be said about recording rules.
func (g *generation) addRecordFlags(fs *pflag.FlagSet) {
	fs.BoolVar(&g.options.LegacyNames, "legacy-record-names", false, "Record the health of HTTP services under its older names, too.")
}

// addPlace adds what may be said about where the files lie.
func (g *generation) addPlace(fs *pflag.FlagSet) {
	fs.StringVar(&g.outputDir, "output-dir", defaultOutputDir, "The folder that gets the files.")
	fs.StringVar(&g.layout, "layout", string(generate.ByService), "How files lie in it: service for checkout/alerts.yaml, type for alerts/checkout.yaml.")
}

// addKinds adds which kinds are made.
func (g *generation) addKinds(fs *pflag.FlagSet) {
	var kinds []string
	for _, k := range bundle.Kinds() {
		kinds = append(kinds, string(k))
	}
	fs.StringSliceVar(&g.only, "only", nil, "The kinds of artefacts to make: "+strings.Join(kinds, ", ")+".")
	fs.StringSliceVar(&g.with, "with", nil, "Kinds to make beside those that are made by default, as exporters.")
	fs.StringSliceVar(&g.skip, "skip", nil, "Kinds of artefacts to leave out.")
}

// choose puts the flags into the options. What is noted beside the files must be what
// a check takes from there.
func (g *generation) choose() error {
	switch generate.Layout(g.layout) {
	case generate.ByService, generate.ByType:
	default:
		return fmt.Errorf("there is no layout %q: the layouts are service and type", g.layout)
	}
	g.options.Layout, g.options.Interval = generate.Layout(g.layout), g.interval
	if err := folder.ChoicesOf(g.options).Check(); err != nil {
		return errors.New("--" + strings.ReplaceAll(err.Error(), "\n", "\n--"))
	}
	return nil
}
