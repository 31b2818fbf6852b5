package dashboard

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPanelsAreEmptyOnlyWhereAQueryNeedsTheVariable(t *testing.T) {
	empty, other := []string{"dashboard/panel-without-data $nope"}, []string{"dashboard/unknown-variable $nope"}
	for query, want := range map[string][]string{
		`up{x="$nope"}`:                           empty,
		`up{x=~"$nope"}`:                          empty,
		`up{x=~"(a|b)-$nope.*"}`:                  empty,
		`sum(rate(up{x="a$nope"}[5m])) > 0`:       empty,
		`up{x="$nope"} unless up`:                 empty,
		`up / on (job) up{x="$nope"}`:             empty,
		`up{x="$nope"} or 2 * up{x=~"$nope"}`:     append(empty, empty...),
		`topk($nope, up)`:                         empty,
		`up[$nope]`:                               empty,
		`up{x!="$nope"}`:                          other,
		`up{x!~".*?$nope.*?"}`:                    other,
		`up{x=~"a|$nope"}`:                        other,
		`up{x=~"a($nope)?"}`:                      other,
		`up{x=~"a(-$nope){0,2}"}`:                 other,
		`up{x=~"a(-$nope){1,2}"}`:                 empty,
		`up{x=~".*[^$nope].*"}`:                   other,
		`up{x="$nope"} or up`:                     other,
		`count(up{x="$nope"}) or vector(0)`:       other,
		`vector(scalar(up{x="$nope"}))`:           other,
		`absent(up{x="$nope"})`:                   other,
		`up unless up{x="$nope"}`:                 other,
		"# of the service's $nope\nup{job=\"a\"}": nil,
	} {
		t.Run(query, func(t *testing.T) {
			var got []string
			for _, m := range marked(lintText("a.json", withQueries(query), "").Written) {
				if m == empty[0] || m == other[0] {
					got = append(got, m)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLogsAreEmptyOnlyWhereAQueryNeedsTheVariable(t *testing.T) {
	empty, other := []string{"dashboard/panel-without-data $nope"}, []string{"dashboard/unknown-variable $nope"}
	for query, want := range map[string][]string{
		`{job="$nope"} |= "a"`:                                empty,
		`{job=~"$nope"} |= "a"`:                               empty,
		`{job="a"} |= "$nope"`:                                empty,
		`{job="a"} |~ "x.*$nope"`:                             empty,
		`sum(rate({job="a"} | json | x == "$nope" [5m])) > 0`: empty,
		`{job!="$nope", a="b"} |= "a"`:                        other,
		`{job="a"} | json | x !~ ".*?$nope.*?"`:               other,
		`{job="a"} |~ "x|$nope"`:                              other,
		`{job="a"} != "$nope"`:                                other,
		`{job="a"} |= "or" | json | x="a" or y="$nope"`:       other,
		`sum(rate({job="$nope"} [5m])) or vector(0)`:          other,
		`absent_over_time({job="$nope"} [5m])`:                other,
		`{job="a"} | line_format "$nope"`:                     other,
	} {
		t.Run(query, func(t *testing.T) {
			text := strings.ReplaceAll(withQueries(query), "prometheus", "loki")
			var got []string
			for _, m := range marked(lintText("a.json", text, "").Written) {
				if m == empty[0] || m == other[0] {
					got = append(got, m)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
