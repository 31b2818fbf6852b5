package pipeline

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBrokenDashboardsOfAFolderAreMistakesAndOtherJSONIsLeftAlone(t *testing.T) {
	const whole = `{"title": "T", "editable": false, "schemaVersion": 39, "panels": []}`
	rep := lintFolder(t, "-- bom.json --\n\ufeff"+whole+"\n-- comma.json --\n"+`{"title": "T", "panels": [{"type": "text"},]}`+
		"\n-- cut.json --\n"+`{"annotations": {"list": []}, "panels": [{"gridPos": {"h": 1}`+"\n-- good.json --\n"+whole+
		"\n-- package.json --\n"+`{"title": "T", "panels": "left",`+"\n-- settings.json --\n{}\n", nil)
	want := []string{"bom.json error dashboard/structure", "comma.json error dashboard/structure", "cut.json error dashboard/structure"}
	if diff := cmp.Diff(want, placesOf(rep)); diff != "" || rep.Summary.Dashboards != 4 {
		t.Errorf("%d dashboards (-want +got):\n%s", rep.Summary.Dashboards, diff)
	}
}
