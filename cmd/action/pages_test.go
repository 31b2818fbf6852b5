package main

import "testing"

func TestPagesAreAskedForWhereSomebodyWantsThat(t *testing.T) {
	if none, err := reachOf(""); none != nil || err != nil {
		t.Error("pages are asked for without --check-urls")
	}
	for _, which := range []string{"public", "all"} {
		if reach, err := reachOf(which); reach == nil || err != nil {
			t.Errorf("--check-urls=%s: %v", which, err)
		}
	}
	if _, err := reachOf("some"); err == nil {
		t.Error("--check-urls=some is taken")
	}
}
