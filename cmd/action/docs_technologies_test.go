package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/tech"
)

// technologies returns the technologies of the catalogue.
func technologies(t *testing.T) []tech.Technology {
	t.Helper()
	c, err := tech.Load()
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(c.All(), func(x tech.Technology) bool { return x.Kind == tech.KindService })
}

func technologyTable(t *testing.T) string {
	var rows [][]string
	for _, x := range technologies(t) {
		counts := []string{strconv.Itoa(len(x.Panels)), strconv.Itoa(len(x.Alerts)), strconv.Itoa(len(x.Logs))}
		rows = append(rows, append([]string{"[" + x.Title + "](" + x.Docs + ")", code(x.Name), code(x.Aliases...), metricsOrigin(x)}, counts...))
	}
	return table([]string{"Technology", "Name", "Also written", "Metrics come from", "Panels", "Alerts", "Log patterns"}, rows)
}

// metricsOrigin says which program serves the metrics of a technology, and where.
func metricsOrigin(x tech.Technology) string {
	var from []string
	if e := x.Exporter; e != nil {
		from = append(from, fmt.Sprintf("%s %s, port %d", e.Name, e.Version, e.Port))
	}
	if b := x.Builtin; b != nil {
		text := "itself, "
		if b.Since != "" {
			text = "itself from " + b.Since + " on, "
		}
		text += fmt.Sprintf("port %d, `%s`", b.Port, b.Path)
		if b.Enable != "" {
			text += " (" + b.Enable + ")"
		}
		from = append(from, text)
	}
	return strings.Join(from, "; ")
}

// technologyNeeds lists what is left out without a flag, by technology and flag.
func technologyNeeds(t *testing.T) string {
	var rows [][]string
	for _, x := range technologies(t) {
		intents, alerts := map[string][]string{}, map[string][]string{}
		for _, in := range x.Intents {
			if slices.ContainsFunc(in.Candidates, func(c tech.Candidate) bool { return c.Needs == "" }) {
				continue
			}
			for _, c := range in.Candidates {
				intents[c.Needs] = append(intents[c.Needs], in.Name)
			}
		}
		for _, a := range x.Alerts {
			alerts[a.Needs] = append(alerts[a.Needs], a.Name)
		}
		for _, need := range sortedKeys(intents, alerts) {
			rows = append(rows, []string{x.Title, need, code(intents[need]...), code(alerts[need]...)})
		}
	}
	return table([]string{"Technology", "Flag or setting", "Intents", "Alerts"}, rows)
}

// sortedKeys returns the keys of both maps but the empty one.
func sortedKeys(all ...map[string][]string) []string {
	var keys []string
	for _, m := range all {
		for k := range m {
			if k != "" {
				keys = append(keys, k)
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
