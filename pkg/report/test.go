package report

// Test is one unit test of rules that was run.
type Test struct {
	// Name is the test's own, or its number in the file: test 2.
	Name string `json:"name"`
	File string `json:"file"`
	// Line is where the test begins, from 1. What it finds stands there or below, up
	// to the next test of the file.
	Line    int     `json:"line"`
	Verdict Verdict `json:"verdict"`
}
