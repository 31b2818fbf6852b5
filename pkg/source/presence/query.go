package presence

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/nthlayer/action/pkg/source"
)

// Pair is a metric of a service. The name is empty when it is a pattern, the
// owner when any series will do.
type Pair struct{ Name, Owner string }

func comparePairs(a, b Pair) int {
	return cmp.Or(strings.Compare(a.Owner, b.Owner), strings.Compare(a.Name, b.Name))
}

// Branch is a question about many pairs that differ in nothing but the name and
// the owner. Its pairs either all have a name or all have none; the same holds
// for owners.
type Branch struct {
	Matchers []*labels.Matcher
	// By are the labels to tell apart besides the name and the owner.
	By    []string
	Pairs []Pair
	// Sample asks for one whole series of each pair.
	Sample bool
	// Over asks for the newest sample in the time before each step.
	Over time.Duration
	// Count asks for the most samples that a series has in that time, of the series that
	// were there when it began. Counting drops the names, so the pair has to have none.
	Count time.Duration
	// Expr is asked in place of all that: an expression with few series, none of
	// which has the label Tag. There is one pair then, without name and owner.
	Expr string
}

// Tag is the label that tells the branches of one query apart.
const Tag = "nthlayer_branch"

// queryOf returns one query for all branches. Each branch carries its index in
// the tag, without which "or" would drop a series that the branch before it has
// too.
func queryOf(branches []Branch, label string) string {
	if len(branches) == 1 {
		return branches[0].query(label)
	}
	parts := make([]string, len(branches))
	for i, b := range branches {
		parts[i] = "label_replace(" + b.query(label) + `, "` + Tag + `", "` + strconv.Itoa(i) + `", "", "")`
	}
	return strings.Join(parts, " or ")
}

func (b Branch) query(label string) string {
	if b.Expr != "" {
		return b.Expr
	}
	var by []string
	if b.Named() {
		by = append(by, model.MetricNameLabel)
	}
	if b.Owned() {
		by = append(by, formatLabel(label))
	}
	for _, l := range b.By {
		by = append(by, formatLabel(l))
	}
	selector := b.selector(label)
	if b.Over > 0 {
		selector = "last_over_time(" + selector + "[" + strconv.Itoa(int(b.Over/time.Second)) + "s])"
	}
	if b.Count > 0 {
		over := strconv.Itoa(int(b.Count/time.Second)) + "s"
		selector = "count_over_time(" + selector + "[" + over + "]) and " + selector + " offset " + over
	}
	grouping := " by (" + strings.Join(by, ", ") + ") "
	if b.Sample {
		return "topk" + grouping + "(1, " + selector + ")"
	}
	if b.Count > 0 {
		return "max" + grouping + "(" + selector + ")"
	}
	return "group" + grouping + "(" + selector + ")"
}

// Named reports whether the pairs have names.
func (b Branch) Named() bool { return len(b.Pairs) > 0 && b.Pairs[0].Name != "" }

// Owned reports whether the pairs have owners.
func (b Branch) Owned() bool { return len(b.Pairs) > 0 && b.Pairs[0].Owner != "" }

// PairOf returns the pair that a series of the answer belongs to, with the label
// that holds the owner.
func (b Branch) PairOf(s source.Series, label string) Pair {
	var p Pair
	if b.Named() {
		p.Name = s.Labels.Get(model.MetricNameLabel)
	}
	if b.Owned() {
		p.Owner = s.Labels.Get(label)
	}
	return p
}

func (b Branch) selector(label string) string {
	var parts []string
	names, owners := map[string]bool{}, map[string]bool{}
	for _, p := range b.Pairs {
		names[p.Name], owners[p.Owner] = true, true
	}
	if b.Named() {
		parts = append(parts, anyOf(model.MetricNameLabel, names))
	}
	if b.Owned() {
		parts = append(parts, anyOf(label, owners))
	}
	for _, m := range b.Matchers {
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
func (b Branch) split(label string, budget int) []Branch {
	pairs := slices.Clone(b.Pairs)
	slices.SortFunc(pairs, comparePairs)
	pairs = slices.Compact(pairs)
	empty := b
	empty.Pairs = nil
	fixed := len(empty.query(label)) + 2*len(label) + 100
	var out []Branch
	var part []Pair
	size, seen := fixed, map[string]bool{}
	for _, p := range pairs {
		more := costOf("n"+p.Name, seen) + costOf("o"+p.Owner, seen)
		if len(part) > 0 && size+more > budget {
			out = append(out, b.with(part))
			part, size, seen = nil, fixed, map[string]bool{}
			more = costOf("n"+p.Name, seen) + costOf("o"+p.Owner, seen)
		}
		part = append(part, p)
		size += more
		seen["n"+p.Name], seen["o"+p.Owner] = true, true
	}
	if len(part) > 0 {
		out = append(out, b.with(part))
	}
	return out
}

func (b Branch) with(pairs []Pair) Branch {
	b.Pairs = pairs
	return b
}

// costOf returns the bytes that a value adds to an alternation.
func costOf(value string, seen map[string]bool) int {
	if seen[value] {
		return 0
	}
	return len(strconv.Quote(regexp.QuoteMeta(value)))
}
