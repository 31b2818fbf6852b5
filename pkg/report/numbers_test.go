package report

import "testing"

func TestNumbers(t *testing.T) {
	for message, want := range map[string]string{
		"":                                  "",
		"no number at all":                  "",
		"9.50 % is below 10 %":              "9.50 10",
		"the range 1h30m of a2":             "1 30 2",
		"it ends on 2026-03-31.":            "2026 03 31",
		"the first is at line 12, of 3":     "3",
		"lines 3 to 5 are left out for 7":   "7",
		"is defined at services/a1.yaml:12": "1",
		"is at services/a.yaml:12:30 and 4": "4",
		"the host is example.com:8080":      "8080",
		"above 5 to 7":                      "5 7",
	} {
		if got := Numbers(message); got != want {
			t.Errorf("%q has %q, want %q", message, got, want)
		}
	}
}
