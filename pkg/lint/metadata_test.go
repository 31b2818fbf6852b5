package lint

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/generate"
	"github.com/nthlayer/action/pkg/generate/alert"
	"github.com/nthlayer/action/pkg/lint/rulefile"
	"github.com/nthlayer/action/pkg/policy/organisation"
	"github.com/nthlayer/action/pkg/report"
)

// metadataOf decodes the section metadata of a policy.
func metadataOf(t *testing.T, section string) Options {
	t.Helper()
	p, problems := organisation.Decode("policy.yaml", []byte("version: 1\nmetadata:\n"+section), rules.IDs())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return Options{Now: today, Metadata: p.Metadata}
}

// told returns rule and message of each finding.
func told(findings []report.Finding) []string {
	out := []string{}
	for _, f := range findings {
		out = append(out, f.Rule+": "+f.Message)
	}
	return out
}

// Alerts of service files are asked for what they will lack once they are generated.
func TestAlertsOfServicesAreAskedForWhatGeneratingDoesNotAdd(t *testing.T) {
	const service = `service: {name: checkout, team: payments, tier: critical, type: api}
resources:
  - kind: Alert
    name: PaymentsFail
    spec:
      expr: payments_failed{service="checkout"} > 3
      severity: %s
      for: 5m
`
	o := metadataOf(t, `
  alerts:
    required_labels: [severity, team, tier, service, component]
    required_annotations: [summary, runbook_url]
    severities: [critical, warning]
    by_severity:
      critical: {required_labels: [escalation]}
`)
	for severity, want := range map[string][]string{
		"critical": {
			"alert/annotation-required: PaymentsFail has no annotation runbook_url, which the policy asks of alerts",
			"alert/label-required: PaymentsFail has no label component, which the policy asks of alerts",
			"alert/label-required: PaymentsFail has no label escalation, which the policy asks of alerts of severity critical",
		},
		"warning": {
			"alert/annotation-required: PaymentsFail has no annotation runbook_url, which the policy asks of alerts",
			"alert/label-required: PaymentsFail has no label component, which the policy asks of alerts",
		},
	} {
		loaded := loadServices(t, example{{Name: "checkout.yaml", Data: []byte(strings.Replace(service, "%s", severity, 1))}}, "")
		var got []string
		for _, f := range told(Services(t.Context(), loaded.Services, o)) {
			if strings.HasPrefix(f, "alert/") {
				got = append(got, f)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("severity %s (-want +got):\n%s", severity, diff)
		}
	}
}

func TestGeneratedNamesAreThoseThatGeneratingAdds(t *testing.T) {
	loaded := loadServices(t, example{{Name: "checkout.yaml", Data: []byte("name: checkout\nteam: payments\ntier: critical\ntype: api\nrunbook: https://runbooks.example.com/checkout\n")}}, "")
	s := loaded.Services[0]
	got := slices.Sorted(slices.Values(generatedLabels(s)))
	if diff := cmp.Diff(slices.Sorted(maps.Keys(alert.Labels(s, generate.Use{}, "warning"))), got); diff != "" {
		t.Errorf("the labels that generating adds (-generated +known):\n%s", diff)
	}
	annotations := alert.Annotations(generate.Job{Service: s}, "PaymentsFail", "Payments fail", "")
	for _, name := range generatedAnnotations(s) {
		if annotations[name] == "" {
			t.Errorf("generating adds no annotation %s", name)
		}
	}
}

// Rules for Loki have labels and annotations as those for Prometheus do.
func TestMetadataOfRulesForLoki(t *testing.T) {
	rules := "groups:\n  - name: logs\n    rules:\n      - alert: ManyErrors\n        expr: sum(rate({app=\"checkout\"} |= \"error\" [5m])) > 1\n        labels: {severity: critcal}\n"
	got := told(RuleFiles(t.Context(), []File{{Name: "loki.yaml", Data: []byte(rules)}}, metadataOf(t, "  alerts: {required_labels: [team], max_range: 1m}\n")))
	want := []string{
		"alert/label-required: ManyErrors has no label team, which the policy asks of alerts",
		"alert/severity: severity critcal looks misspelt: a route for critical does not match it",
	}
	got = slices.DeleteFunc(got, func(f string) bool { return strings.HasPrefix(f, "rule/logql") })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Severities of other organisations are no mistakes.
func TestSeveritiesWithoutAPolicy(t *testing.T) {
	for word, misspelt := range map[string]bool{
		"critical": false, "Critical": false, "page": false, "sev1": false, "p1": false, "wakeup": false, "none": false, "warn": false, "major": false, "infos": false,
		"critcal": true, "warnig": true, "wraning": true, "inof": true,
	} {
		rules := "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up == 0\n        labels: {severity: " + word + "}\n"
		got := told(RuleFiles(t.Context(), []File{{Name: "a.yaml", Data: []byte(rules)}}, Options{}))
		if (len(got) > 0) != misspelt {
			t.Errorf("severity %s: %v", word, got)
		}
	}
}

func TestLinksToRunbooks(t *testing.T) {
	for link, wrong := range map[string]bool{
		"https://runbooks.example.com/a": false, "http://runbooks.example.com": false, "https://{{ $labels.host }}/a b": true,
		"https://{{ $labels.host }}/a": false, "{{ .ExternalURL }}": false, "https://example.com/{{ if true }}a{{ end }}": false,
		"https://example.com/{{\n  $labels.job }}": false, "https://example.com/\n  {{- $labels.job -}}\n": false, "https://example.com/{{ $labels.job }}\n": true,
		"https://example.com/{{-1 }} b": true,
		"runbooks/a.md":                 true, "https://": true, "mailto:ada@example.com": true, "https://ex ample.com": true, "https://example.com/%zz": true,
	} {
		if why, fix := WrongLink(link); (why != "") != wrong || (fix != "") != wrong {
			t.Errorf("%s: %q, %q", link, why, fix)
		}
	}
}

// Under the name runbook some write the steps themselves. A template is no step.
func TestRunbooksThatAreLinks(t *testing.T) {
	for text, wrong := range map[string]bool{"see https:// there": false, "ftp://a/b": true, "ftp://a/{{ $labels.job }}": true} {
		rules := "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up == 0\n        annotations: {runbook: '" + text + "'}\n"
		got := told(RuleFiles(t.Context(), []File{{Name: "a.yaml", Data: []byte(rules)}}, Options{}))
		if (len(got) > 0) != wrong {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// Only links that are addresses are asked for, each once.
func TestRunbooksToAskFor(t *testing.T) {
	rules := `groups:
  - name: g
    rules:
      - {alert: A, expr: up == 0, annotations: {runbook_url: 'https://example.com/a', runbook: 'http://example.com/b'}}
      - {alert: B, expr: up == 0, annotations: {runbook_url: 'https://example.com/a', runbook: 'restart it'}}
      - {alert: C, expr: up == 0, annotations: {runbook_url: 'https://example.com/{{ $labels.job }}', dashboard_url: 'https://example.com/d'}}
      - {alert: D, expr: up == 0, annotations: {runbook_url: 'ftp://example.com/a'}}
`
	set := Files{{Name: "a.yaml", Data: []byte(rules)}}
	if diff := cmp.Diff([]string{"http://example.com/b", "https://example.com/a"}, set.RunbookURLs(t.Context())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	found, _ := set.Lint(t.Context(), Options{DeadLinks: map[string]string{"https://example.com/a": "the host answers with 404"}})
	got := told(found)
	want := []string{
		"alert/runbook-url: runbook_url of A: the host answers with 404",
		"alert/runbook-url: runbook_url of B: the host answers with 404",
		"alert/runbook-url: runbook_url of D is no web page but ftp://",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestWhateverThePolicyAsksIsAsked sets each field of what rules must carry alone.
func TestWhateverThePolicyAsksIsAsked(t *testing.T) {
	of := reflect.TypeFor[organisation.RuleMetadata]()
	for i := range of.NumField() {
		var m organisation.RuleMetadata
		field := reflect.ValueOf(&m).Elem().Field(i)
		switch of.Field(i).Type.Kind() {
		case reflect.Slice:
			field.Set(reflect.MakeSlice(field.Type(), 1, 1))
		case reflect.Map:
			field.Set(reflect.MakeMap(field.Type()))
			field.SetMapIndex(reflect.ValueOf("a"), reflect.Zero(field.Type().Elem()))
		case reflect.Pointer:
			field.Set(reflect.New(field.Type().Elem()))
		case reflect.Int64:
			field.SetInt(1)
		default:
			continue // the place of the section
		}
		for _, kind := range []rulefile.Kind{rulefile.Alert, rulefile.Record} {
			if len(asked(organisation.Metadata{Alerts: m, Records: m}, &rulefile.Rule{Kind: kind})) == 0 {
				t.Errorf("%s of a %s asks for nothing", of.Field(i).Name, kind)
			}
		}
	}
}
