package exporter

import (
	"strconv"
	"strings"

	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/manifest"
)

// scrapes writes the scrape configurations of every exporter and of what serves
// metrics itself.
func (w *writer) scrapes() {
	var jobs []object
	var items []manifest.Item
	var header []string
	for _, t := range w.targets {
		jobs, items = append(jobs, w.scrape(t)), append(items, item(t))
		if t.builtin != nil && t.builtin.Enable != "" {
			header = append(header, t.use.Name()+" serves metrics itself, once it is told to: "+t.builtin.Enable)
		}
	}
	w.scrapeFile("scrape-configs.yaml", header, jobs, items)
}

// probes writes the scrape configurations in which one exporter is asked about
// several dependencies.
func (w *writer) probes() {
	var jobs []object
	var items []manifest.Item
	for _, t := range w.exporters() {
		if t.exporter.Multi != "" {
			jobs, items = append(jobs, w.probe(t)), append(items, item(t))
		}
	}
	w.scrapeFile("scrape-configs.multi-target.yaml", []string{
		"In place of scrape-configs.yaml, where one exporter of each technology is asked about all dependencies.",
		"That exporter has the credentials: see multi-target in its documentation.",
	}, jobs, items)
}

func item(t target) manifest.Item {
	return manifest.Item{What: "the scrape configuration of " + t.use.Name(), Origin: t.use.Origin}
}

func (w *writer) scrapeFile(name string, header []string, jobs []object, items []manifest.Item) {
	if len(jobs) == 0 {
		return
	}
	list := make([]any, len(jobs))
	for i, j := range jobs {
		list[i] = j
	}
	w.file(generate.Artefact{Path: name, Count: len(jobs), Unit: "scrape configurations"}, header, []manifest.Document{{Value: object{"scrape_configs": list}, What: name, List: "scrape_configs", Items: items}})
}

// scrapeJob is the name of a scrape configuration.
func (w *writer) scrapeJob(t target) string { return w.job.Service.Name.V + "/" + t.use.Name() }

// scrape asks one exporter, or what serves metrics itself.
func (w *writer) scrape(t target) object {
	job := object{"job_name": w.scrapeJob(t)}
	var address string
	if t.exporter != nil {
		job["metrics_path"] = t.exporter.Path
		address = w.address(t)
	} else {
		job["metrics_path"] = t.builtin.Path
		address = t.facts.host + ":" + strconv.Itoa(t.builtin.Port)
		if t.facts.tls {
			job["scheme"] = "https"
		}
		if len(t.builtin.Params) > 0 {
			params := object{}
			for name, value := range t.builtin.Params {
				params[name] = []string{value}
			}
			job["params"] = params
		}
	}
	job["static_configs"] = []any{object{"targets": []string{address}, "labels": t.labels}}
	return job
}

// address is where the exporter is found by its name.
func (w *writer) address(t target) string {
	host := t.name
	if n := w.namespace; n != "" {
		host += "." + n + ".svc"
	}
	return host + ":" + strconv.Itoa(t.exporter.Port)
}

// probe asks an exporter about a dependency that is named in each question.
func (w *writer) probe(t target) object {
	exporter := strings.ReplaceAll(t.exporter.Name, "_", "-") + ":" + strconv.Itoa(t.exporter.Port)
	return object{
		"job_name": w.scrapeJob(t), "metrics_path": t.exporter.Multi,
		"static_configs": []any{object{"targets": []string{t.facts.host + ":" + t.facts.port}, "labels": t.labels}},
		"relabel_configs": []any{
			object{"source_labels": []string{"__address__"}, "target_label": "__param_target"},
			object{"source_labels": []string{"__param_target"}, "target_label": "instance"},
			object{"target_label": "__address__", "replacement": exporter},
		},
	}
}
