package tech

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/filetest"
)

// TestTheAlertsThatThereAre makes sure that no alert goes, waits longer or pages more
// than before by accident: whoever has muted or routed it by its name would not know.
func TestTheAlertsThatThereAre(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, x := range c.All() {
		for _, a := range x.Alerts {
			line := fmt.Sprintf("%-13s %-35s %-4s %-8s %s", x.Name, a.Name, a.For, a.Severity, a.Needs)
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	filetest.Golden(t, "testdata/alerts.txt", b.String())
}
