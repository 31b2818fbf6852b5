package organisation

import "testing"

// A tier with ranges of its own has nothing of those for all, and the words say so.
func TestThresholdsInWords(t *testing.T) {
	for params, want := range map[string]string{
		"{all: {blocking: {min: 10}}}":                                    "Every service must have a blocking threshold of at least 10 %.",
		"{critical: {warning: {min: 20}}}":                                "Every service must have, as tier critical, a warning threshold of at least 20 %.",
		"{critical: {warning: {min: 20}}, all: {blocking: {min: 10}}}":    "Every service must have, as tier critical, a warning threshold of at least 20 % and any blocking threshold or none; as any other tier, a blocking threshold of at least 10 %.",
		"{high: {blocking: {max: 9}}, low: {blocking: {min: 1, max: 2}}}": "Every service must have, as tier high, a blocking threshold of at most 9 %; as tier low, a blocking threshold of 1 to 2 %.",
	} {
		p := decode(t, "version: 1\nrules: [{name: th, type: thresholds, params: "+params+"}]\n")
		if got := p.Sentences()[0].Text; got != want {
			t.Errorf("%s is %q, want %q", params, got, want)
		}
	}
}
