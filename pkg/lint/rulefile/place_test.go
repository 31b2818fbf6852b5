package rulefile

import "testing"

func TestAPlaceIsThatOfAFinding(t *testing.T) {
	file, problems := Parse(t.Context(), "a.yaml", []byte(`groups:
  - name: &n "a\tb"
    rules:
      - alert: *n
        expr: >-
          up
            == 0
        labels: {"sev\u0065rity": 'it''s', none: ""}
      - {record: a, expr: up}
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	texts := []Text{file.Groups[0].Name, {}}
	for _, r := range file.Groups[0].Rules {
		texts = append(texts, r.Name, r.Expr, r.Expr.Remembered(), r.For)
		for _, p := range r.Labels {
			texts = append(texts, p.Key, p.Value)
		}
	}
	for _, text := range texts {
		if got, want := text.At(), text.Whole("", "", "", "").Position(); got != want || text.Set() && got.Line == 0 {
			t.Errorf("%q is at %+v, a finding about it at %+v", text.V, got, want)
		}
		for start := range len(text.V) {
			if got, want := text.Inside(start, start+1), text.Finding("", "", start, start+1, "", "").Position(); got != want {
				t.Errorf("byte %d of %q is at %+v, a finding about it at %+v", start, text.V, got, want)
			}
		}
	}
}
