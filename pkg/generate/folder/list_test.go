package folder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/generate"
)

// reading is a reader of one file.
func reading(name, text string) Reader {
	return func(file string) ([]byte, error) {
		if file != name {
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	}
}

func kinds() []generate.Kind {
	return []generate.Kind{generate.Alerts, generate.Dashboard, generate.Recording}
}

// TestWhatARunNotesIsReadBack also makes sure that the kinds of earlier runs stay,
// because their files do.
func TestWhatARunNotesIsReadBack(t *testing.T) {
	p := open(t)
	o := generate.Options{Full: true, RunbookURL: "https://runbooks.example.com/a", Interval: time.Minute, ServiceLabel: "app"}
	r := Record{Source: "services/pay.yaml", Kinds: []generate.Kind{generate.Alerts}, Choices: ChoicesOf(o)}
	write := func(r Record, prune bool, pairs ...string) Record {
		changes, err := Compare(pay(), artefacts(pairs...), r.Kinds, Reading(p.ws))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Write(p.ws, pay(), r, changes, false, prune); err != nil {
			t.Fatal(err)
		}
		got, wrong, there, err := Recorded(pay(), kinds(), Reading(p.ws))
		if err != nil || !there || len(wrong) > 0 {
			t.Fatalf("%v %v %v", wrong, there, err)
		}
		return got
	}
	if diff := cmp.Diff(r, write(r, false, "alerts.yaml", "one")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(o, r.Choices.Into(generate.Options{})); diff != "" {
		t.Errorf("the options: -want +got:\n%s", diff)
	}
	second := Record{Source: r.Source, Kinds: []generate.Kind{generate.Recording}}
	if got := write(second, false, "alerts.yaml", "one"); !slices.Equal(got.Kinds, []generate.Kind{generate.Alerts, generate.Recording}) || got.Choices.Full {
		t.Errorf("got %+v", got)
	}
	if got := write(Record{Source: r.Source, Kinds: []generate.Kind{generate.Alerts}}, true, "alerts.yaml", "one"); !slices.Equal(got.Kinds, []generate.Kind{generate.Alerts}) {
		t.Errorf("a run that prunes keeps the kinds %v", got.Kinds)
	}
}

// TestEveryOptionIsNoted fails when somebody adds an option that changes what is
// generated and a check would not know of it.
func TestEveryOptionIsNoted(t *testing.T) {
	// These have no flag of apply, or are noted elsewhere.
	elsewhere := []string{"Layout", "RuleObject.Kinds", "Exporters.Formats", "Exporters.Technologies", "Exporters.NetworkPolicy"}
	var walk func(v reflect.Value, name string)
	var options generate.Options
	walk = func(v reflect.Value, name string) {
		if slices.Contains(elsewhere, name) {
			return
		}
		switch value := v.Addr().Interface().(type) {
		case *string:
			*value = "namespace"
		case *bool:
			*value = true
		case *int:
			*value = 7
		case *time.Duration:
			*value = time.Minute
		case *map[string]string:
			*value = map[string]string{"a": "b"}
		default:
			if v.Kind() != reflect.Struct {
				t.Fatalf("%s is a %s, which this test does not know", name, v.Type())
			}
			for i := range v.NumField() {
				walk(v.Field(i), strings.TrimPrefix(name+"."+v.Type().Field(i).Name, "."))
			}
		}
	}
	walk(reflect.ValueOf(&options).Elem(), "")
	if diff := cmp.Diff(options, ChoicesOf(options).Into(generate.Options{})); diff != "" {
		t.Errorf("not noted (-option +noted):\n%s", diff)
	}
	if got := len(ChoicesOf(options).Flags()); got != reflect.TypeFor[Choices]().NumField() {
		t.Errorf("%d choices have a flag", got)
	}
}

// TestAListThatNoRunWritesIsNotBelieved is a pull request that changes the list so
// that the check looks at less, or so that somebody copies a command.
func TestAListThatNoRunWritesIsNotBelieved(t *testing.T) {
	sum := strings.Repeat("0", 64)
	const head = `{"version":1,"source":"services/pay.yaml","kinds":["alerts"]`
	sound := head + `,"files":{"alerts.yaml":{"kind":"alerts","sha256":"` + sum + `"}}}`
	if _, wrong, _, err := Recorded(pay(), kinds(), reading(pay().List, sound)); err != nil || len(wrong) > 0 {
		t.Fatalf("%v %v", wrong, err)
	}
	with := func(options string) string { return head + `,"options":{` + options + `},"files":{}}` }
	for text, want := range map[string]string{
		"":          "EOF",
		"[]":        "cannot unmarshal",
		"{}":        "it has the version 0, and 1 is known",
		sound + "x": "something follows the list",
		strings.Replace(sound, `"version":1`, `"version":2`, 1):          "it has the version 2",
		strings.Replace(sound, `"files"`, `"skip":true,"files"`, 1):      `unknown field "skip"`,
		strings.Replace(sound, "services/pay.yaml", "../pay.yaml", 1):    "source is no path",
		strings.Replace(sound, "services/pay.yaml", ".git/config", 1):    "source is no path",
		strings.Replace(sound, `"services/pay.yaml"`, `""`, 1):           "which service file",
		strings.Replace(sound, `["alerts"]`, `[]`, 1):                    "which kinds",
		strings.Replace(sound, `["alerts"]`, `["$(id)"]`, 1):             `there is no kind "$(id)"`,
		strings.Replace(sound, `"kind":"alerts"`, `"kind":"x"`, 1):       `has the kind "x"`,
		strings.Replace(sound, sum, "0", 1):                              "has no digest",
		strings.Replace(sound, `{"alerts.yaml"`, `{"../x.yaml"`, 1):      `"../x.yaml" is no path`,
		strings.Replace(sound, `{"alerts.yaml"`, `{".nthlayer.json"`, 1): `".nthlayer.json" is no path`,
		with(`"all":true`):                               `unknown field "all"`,
		with(`"full":"yes"`):                             "cannot unmarshal",
		with(`"runbook_url":"javascript:alert(1)"`):      "runbook-url is no address",
		with(`"runbook_url":"https://a:b@example.com"`):  "neither a login",
		with(`"grafana_url":"https://example.com/?t=s"`): "nor a query",
		with(`"grafana_url":"https://x.com/$(id)"`):      "grafana-url is no address",
		with(`"grafana_url":"https://x.com/;id"`):        "grafana-url is no address",
		with(`"grafana_url":"https://x.com/\u0000"`):     "grafana-url is no address",
		with(`"interval":"1h"`):                          "interval is no duration from 1s to 5m",
		with(`"interval":"-30s"`):                        "interval is no duration",
		with(`"interval":"soon"`):                        "interval is no duration",
		with(`"namespace":"a b"`):                        "namespace is no name",
		with(`"service_label":"a\"}"`):                   "service-label is no name",
		with(`"log_label":"a b"`):                        "log-label is no name",
		with(`"min_events":-1`):                          "min-events is no number",
		with(`"rule_labels":{"a":"$(id)"}`):              "rule-labels holds",
		with(`"route_labels":{"a;b":"c"}`):               "route-labels holds",
	} {
		_, wrong, there, err := Recorded(pay(), kinds(), reading(pay().List, text))
		if err != nil || !there || !strings.Contains(strings.Join(wrong, "; "), want) {
			t.Errorf("%s: %v %v, want %q", text, wrong, err, want)
		}
	}
	if _, _, there, err := Recorded(pay(), kinds(), reading("other", "")); there || err != nil {
		t.Errorf("a list that is not there: %v %v", there, err)
	}
	if _, _, _, err := Recorded(pay(), kinds(), func(string) ([]byte, error) { return nil, errors.New("no") }); err == nil {
		t.Error("a list that cannot be read is no error")
	}
}

// TestFlagsMeanNothingToAShell makes sure of what the fix of a finding has in it.
func TestFlagsMeanNothingToAShell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching("[a-z/:.?&;|<>()$`\"'\\\\ \n{}*#~!%+,=@-]{0,12}")
		c := Choices{
			GrafanaURL: "https://x" + text.Draw(t, "grafana"), RunbookURL: text.Draw(t, "runbook"), Namespace: text.Draw(t, "namespace"), Interval: text.Draw(t, "interval"),
			ServiceLabel: text.Draw(t, "label"), RuleLabels: map[string]string{text.Draw(t, "key"): text.Draw(t, "value")},
		}
		if flags := strings.Join(c.Flags(), " "); c.Check() == nil && strings.ContainsAny(flags, "?&;|<>()$`\"'\\\n{}*#!") {
			t.Fatalf("%q", flags)
		}
	})
}

func TestPlaces(t *testing.T) {
	for _, x := range []struct {
		at        Place
		list, dir string
		files     map[string]string
	}{
		{At("generated", "", "pay", ""), "generated/pay/.nthlayer.json", "generated/pay", map[string]string{"alerts.yaml": "alerts.yaml", "gate/a.yaml": "gate/a.yaml"}},
		{At(".", "dev", "pay", generate.ByService), "dev/pay/.nthlayer.json", "dev/pay", map[string]string{"dashboard.json": "dashboard.json"}},
		{At("generated", "dev", "pay", generate.ByType), "generated/dev/.nthlayer/pay.json", "generated/dev", map[string]string{
			"alerts.yaml": "alerts/pay.yaml", "dashboard.json": "dashboards/pay.json", "sloth.yaml": "sloth/pay.yaml", "gate/a.yaml": "gate/pay/a.yaml",
		}},
		{At(".", "", "pay", generate.ByType), ".nthlayer/pay.json", ".", nil},
	} {
		if x.at.List != x.list || x.at.Dir != x.dir {
			t.Errorf("%+v, want %s in %s", x.at, x.list, x.dir)
		}
		for artefact, want := range x.files {
			if got := x.at.file(artefact); got != want || !x.at.owns(got) {
				t.Errorf("%s lies at %s, want %s", artefact, got, want)
			}
		}
		top := "generated"
		if !strings.HasPrefix(x.list, "generated") {
			top = "."
		}
		if got, ok := Of(top, x.list); !ok || got != x.at {
			t.Errorf("%s is of %+v, want %+v", x.list, got, x.at)
		}
	}
	for _, list := range []string{"generated/.nthlayer.json", "generated/a/b/c/.nthlayer.json", "generated/pay/other.json", "elsewhere/pay/.nthlayer.json", "generated/.nthlayer/pay.yaml"} {
		if at, ok := Of("generated", list); ok {
			t.Errorf("%s is the list of %+v", list, at)
		}
	}
	byType := At("generated", "", "pay", generate.ByType)
	for _, name := range []string{"alerts/cart.yaml", "gate/cart/a.yaml", "alerts.yaml", ".nthlayer/pay.json", "../alerts/pay.yaml", "/alerts/pay.yaml"} {
		if byType.owns(name) {
			t.Errorf("%s is taken for a file of pay", name)
		}
	}
}

// TestRemove makes sure that nothing is left of a service but what somebody changed.
func TestRemove(t *testing.T) {
	for _, layout := range []generate.Layout{generate.ByService, generate.ByType} {
		p := open(t)
		at := At("gen", "dev", "pay", layout)
		a := artefacts("alerts.yaml", "one", "gate/x.yaml", "two")
		changes, err := Compare(at, a, kinds(), Reading(p.ws))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Write(p.ws, at, noted(), changes, false, false); err != nil {
			t.Fatal(err)
		}
		edited := changes[0].Path
		p.set(edited, "by hand")
		if left, err := Remove(p.ws, at); err != nil || !slices.Equal(left, []string{edited}) {
			t.Errorf("%s: left %v, %v", layout, left, err)
		}
		p.expect(edited, "by hand")
		if err := p.root.Remove(filepath.FromSlash(edited)); err != nil {
			t.Fatal(err)
		}
		if left, err := Remove(p.ws, at); err != nil || len(left) > 0 {
			t.Errorf("%s: left %v, %v", layout, left, err)
		}
		if _, err := p.root.Stat(filepath.FromSlash(at.List)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: the list is still there: %v", layout, err)
		}
		if entries, err := os.ReadDir(filepath.Join(p.root.Name(), "gen", "dev", "gate")); err == nil {
			t.Errorf("%s: an empty folder is left: %v", layout, entries)
		}
	}
}
