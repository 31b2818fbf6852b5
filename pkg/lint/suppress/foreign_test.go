package suppress_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/docs/rules"
	"github.com/nthlayer/action/pkg/lint/promruval"
)

// A name that stands for a rule which does not exist leaves nothing out, and nobody
// would notice.
func TestNamesOfOtherToolsStandForRulesOfOurs(t *testing.T) {
	data, err := os.ReadFile("foreign.txt")
	if err != nil {
		t.Fatal(err)
	}
	var validators []string
	for _, v := range promruval.Validators() {
		validators = append(validators, v.Name)
	}
	seen := map[string]bool{}
	for row := range strings.Lines(string(data)) {
		words := strings.Fields(row)
		if strings.HasPrefix(row, "#") {
			continue
		}
		if len(words) < 3 || words[0] != "pint" && words[0] != "promruval" {
			t.Errorf("%q is no tool, name and rules", row)
			continue
		}
		name, ids := words[0]+" "+words[1], words[2:]
		if seen[name] {
			t.Errorf("%s stands twice", name)
		}
		seen[name] = true
		for i, id := range ids {
			if slices.Contains(ids[:i], id) {
				t.Errorf("%s: %s stands twice", name, id)
			}
			if _, ok := rules.Heading(id); !ok {
				t.Errorf("%s: there is no rule %s", name, id)
			}
		}
		if words[0] == "promruval" && !slices.Contains(validators, words[1]) {
			t.Errorf("promruval has no validator %s", words[1])
		}
	}
	for _, v := range validators {
		if !seen["promruval "+v] {
			t.Errorf("the validator %s is not there", v)
		}
	}
}
