package promql

import (
	"testing"

	"github.com/prometheus/prometheus/model/labels"
)

func TestSameVocabulary(t *testing.T) {
	type list = []string
	for _, tc := range []struct {
		kind   labels.MatchType
		value  string
		values []string
		want   bool
	}{
		{labels.MatchRegexp, "5..", list{"200", "404"}, true},
		{labels.MatchRegexp, "5..", list{"2xx"}, true},
		{labels.MatchRegexp, "5..", list{"success", "failure"}, false},
		{labels.MatchNotRegexp, "5..", list{"200"}, true},
		{labels.MatchNotRegexp, "5..", list{"success", "failure"}, false},
		{labels.MatchEqual, "5xx", list{"200", "500"}, false},
		{labels.MatchEqual, "5xx", list{"2xx"}, true},
		{labels.MatchEqual, "503", list{"2xx"}, false},
		{labels.MatchEqual, "failed", list{"succeeded"}, true},
		{labels.MatchEqual, "failed", list{"200"}, false},
		{labels.MatchNotEqual, "0", list{"0", "14"}, true},
		{labels.MatchRegexp, "error|5..", list{"success"}, true},
		{labels.MatchRegexp, "canary.*", list{"stable"}, true},
		{labels.MatchEqual, "503", list{""}, true},
		{labels.MatchEqual, "503", nil, true},
	} {
		m := labels.MustNewMatcher(tc.kind, "code", tc.value)
		if got := SameVocabulary(m, tc.values); got != tc.want {
			t.Errorf("%s among %q = %t, want %t", m, tc.values, got, tc.want)
		}
	}
}
