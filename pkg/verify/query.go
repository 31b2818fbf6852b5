package verify

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// pair is a metric of a service. The name is empty when it is a pattern, the
// owner when any series will do.
type pair struct{ name, owner string }

func comparePairs(a, b pair) int {
	return cmp.Or(strings.Compare(a.owner, b.owner), strings.Compare(a.name, b.name))
}

// branch is a question about many pairs that differ in nothing but the name and
// the owner. Its pairs either all have a name or all have none; the same holds
// for owners.
type branch struct {
	matchers []*labels.Matcher
	// by are the labels to tell apart besides the name and the owner.
	by    []string
	pairs []pair
	// sample asks for one whole series of each pair.
	sample bool
	// over asks for the newest sample in the time before each step.
	over time.Duration
}

// tag is the label that tells the branches of one query apart.
const tag = "nthlayer_branch"

// queryOf returns one query for all branches. Each branch carries its index in
// the tag, without which "or" would drop a series that the branch before it has
// too.
func queryOf(branches []branch, label string) string {
	if len(branches) == 1 {
		return branches[0].query(label)
	}
	parts := make([]string, len(branches))
	for i, b := range branches {
		parts[i] = "label_replace(" + b.query(label) + `, "` + tag + `", "` + strconv.Itoa(i) + `", "", "")`
	}
	return strings.Join(parts, " or ")
}

func (b branch) query(label string) string {
	var by []string
	if b.named() {
		by = append(by, model.MetricNameLabel)
	}
	if b.owned() {
		by = append(by, formatLabel(label))
	}
	for _, l := range b.by {
		by = append(by, formatLabel(l))
	}
	selector := b.selector(label)
	if b.over > 0 {
		selector = "last_over_time(" + selector + "[" + strconv.Itoa(int(b.over/time.Second)) + "s])"
	}
	grouping := " by (" + strings.Join(by, ", ") + ") "
	if b.sample {
		return "topk" + grouping + "(1, " + selector + ")"
	}
	return "group" + grouping + "(" + selector + ")"
}

func (b branch) named() bool { return len(b.pairs) > 0 && b.pairs[0].name != "" }
func (b branch) owned() bool { return len(b.pairs) > 0 && b.pairs[0].owner != "" }

func (b branch) selector(label string) string {
	var parts []string
	names, owners := map[string]bool{}, map[string]bool{}
	for _, p := range b.pairs {
		names[p.name], owners[p.owner] = true, true
	}
	if b.named() {
		parts = append(parts, anyOf(model.MetricNameLabel, names))
	}
	if b.owned() {
		parts = append(parts, anyOf(label, owners))
	}
	for _, m := range b.matchers {
		parts = append(parts, m.String())
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// anyOf returns the matcher of a label for some values: plain equality for one,
// because some servers take nothing else for the name, else an alternation.
func anyOf(label string, values map[string]bool) string {
	sorted := make([]string, 0, len(values))
	for v := range values {
		sorted = append(sorted, v)
	}
	if len(sorted) == 1 {
		return formatLabel(label) + "=" + strconv.Quote(sorted[0])
	}
	slices.Sort(sorted)
	for i, v := range sorted {
		sorted[i] = regexp.QuoteMeta(v)
	}
	return formatLabel(label) + "=~" + strconv.Quote(strings.Join(sorted, "|"))
}

// formatLabel returns a label's name as PromQL wants it, quoted where it is not
// a plain identifier.
func formatLabel(name string) string {
	if plainLabel.MatchString(name) {
		return name
	}
	return strconv.Quote(name)
}

var plainLabel = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// split cuts a branch into parts whose queries fit the budget. A single pair is
// never cut, however long it is.
func (b branch) split(label string, budget int) []branch {
	pairs := slices.Clone(b.pairs)
	slices.SortFunc(pairs, comparePairs)
	pairs = slices.Compact(pairs)
	empty := b
	empty.pairs = nil
	fixed := len(empty.query(label)) + 2*len(label) + 100
	var out []branch
	var part []pair
	size, seen := fixed, map[string]bool{}
	for _, p := range pairs {
		more := costOf("n"+p.name, seen) + costOf("o"+p.owner, seen)
		if len(part) > 0 && size+more > budget {
			out = append(out, b.with(part))
			part, size, seen = nil, fixed, map[string]bool{}
			more = costOf("n"+p.name, seen) + costOf("o"+p.owner, seen)
		}
		part = append(part, p)
		size += more
		seen["n"+p.name], seen["o"+p.owner] = true, true
	}
	if len(part) > 0 {
		out = append(out, b.with(part))
	}
	return out
}

func (b branch) with(pairs []pair) branch {
	b.pairs = pairs
	return b
}

// costOf returns the bytes that a value adds to an alternation.
func costOf(value string, seen map[string]bool) int {
	if seen[value] {
		return 0
	}
	return len(strconv.Quote(regexp.QuoteMeta(value)))
}
