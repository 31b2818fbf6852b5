package render

import (
	"bytes"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nthlayer/action/pkg/filetest"
	"github.com/nthlayer/action/pkg/report"
)

func rendered(t *testing.T, format string, rep *report.Report, opts Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Render(&b, format, rep, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	filetest.Golden(t, filepath.Join("testdata", name), got)
}

func TestGoldenFilesOfEveryFormat(t *testing.T) {
	reports := samples()
	for _, name := range slices.Sorted(maps.Keys(reports)) {
		for _, f := range Formats() {
			t.Run(name+"/"+f.Name, func(t *testing.T) {
				file := strings.TrimSuffix(name+"."+f.Name, f.Extension) + f.Extension
				golden(t, file, rendered(t, f.Name, reports[name], Options{}))
			})
		}
	}
}

func TestGoldenTableOfEveryCommand(t *testing.T) {
	for _, command := range []string{"lint", "verify", "check-deploy", "portfolio"} {
		rep := mixed()
		rep.Command = command
		golden(t, "command-"+command+".table.txt", rendered(t, "table", rep, Options{}))
	}
	golden(t, "verbose.table.txt", rendered(t, "table", mixed(), Options{Verbose: true, Color: true, Width: 60}))
	golden(t, "quiet.table.txt", rendered(t, "table", mixed(), Options{Quiet: true}))
}
