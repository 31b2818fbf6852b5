package render

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

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
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got), look at it and run with -update:\n%s", file, diff)
	}
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
