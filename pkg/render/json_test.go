package render

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
)

// TestFindingsAreWrittenOneByOneAsAllAtOnce has a list of services whose texts look
// like the list of findings.
func TestFindingsAreWrittenOneByOneAsAllAtOnce(t *testing.T) {
	for _, findings := range [][]report.Finding{nil, {{Rule: "a/b", Message: "##[error] <&> \"x\"\nnext"}}, {{Line: 1}, {Line: 2}, {Message: "\xff"}}} {
		rep := &report.Report{Command: noFindings, Services: []report.Service{{Name: noFindings}}, Findings: findings}
		var got, want bytes.Buffer
		if err := errors.Join(writeJSON(&got, rep, Options{}), encodeJSON(&want, withLists(*rep))); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), got.String()); diff != "" {
			t.Errorf("%d findings (-want +got):\n%s", len(findings), diff)
		}
	}
}
