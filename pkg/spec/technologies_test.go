package spec

import (
	"os"
	"strings"
	"testing"
)

// TestThePageListsEveryTechnology makes sure that the page that an unknown type points
// at has the list.
func TestThePageListsEveryTechnology(t *testing.T) {
	page, err := os.ReadFile("../../docs/rules/dependency/type.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range technologies() {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/rules/dependency/type.md does not list %s", name)
		}
	}
}
