package ruletests

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// TestWriteIsWhatAnEncoderWrites compares a file of every shape with that of the
// encoder, and the lines of its tests.
func TestWriteIsWhatAnEncoderWrites(t *testing.T) {
	f := file{
		RuleFiles: []string{"a.yaml", "it's: b"}, Interval: "30s", Order: []string{"one", "12"},
		Tests: []test{
			{
				Name: "availability: steady", Interval: "1m",
				Series: []series{{Series: `a{b="c"}`, Values: "0+10x1440"}, {Series: `{"quoted name"}`, Values: "1x5 _x3 stale"}},
				Queries: []query{
					{Expr: "a{b=\"c\"}\n  > on (d) 5", At: "1d2h", Samples: []sample{{Labels: `{a="b"}`, Value: 1}, {Value: -2}}},
					{Expr: "up", At: "5m", Samples: []sample{}},
				},
			},
			{
				Name: "true", Interval: "1m",
				Alerts: []expectation{
					{At: "5m", Name: "A", Alerts: []alert{{map[string]string{"severity": "critical", "b": "1"}, map[string]string{"summary": "it's: one"}}}},
					{At: "10m", Name: "B"},
				},
			},
		},
	}
	got, trace, err := write([]string{"one line", "another"}, f, places{})
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.NewBufferString("# one line\n# another\n")
	e := yaml.NewEncoder(want)
	e.SetIndent(2)
	if err := e.Encode(f); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(got)); diff != "" {
		t.Errorf("-encoder +written:\n%s", diff)
	}
	lines := bytes.Split(got, []byte("\n"))
	if len(trace) != 2 || trace[0].EndLine+1 != trace[1].Line || trace[1].EndLine != len(lines)-1 || !bytes.HasPrefix(lines[trace[1].Line-1], []byte("  - name: ")) {
		t.Errorf("%+v", trace)
	}
}
