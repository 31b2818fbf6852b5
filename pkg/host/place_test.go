package host_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nthlayer/action/pkg/host"
)

func TestChangesFollowThePlaceOfTheRepository(t *testing.T) {
	changes := host.Changes{Precision: host.ByLine, Files: []host.ChangedFile{
		{Path: "README.md", Status: host.Modified},
		{Path: "moved-out.yaml", Previous: "deploy/moved-out.yaml", Status: host.Renamed},
		{Path: "deploy/a.yaml", Status: host.Modified, Whole: true},
		{Path: "deploy/moved-in.yaml", Previous: "moved-in.yaml", Status: host.Renamed},
		{Path: "deploy/new.yaml", Previous: "deploy/old.yaml", Status: host.Renamed},
	}}
	tests := []struct {
		name  string
		place host.Place
		want  []host.ChangedFile
	}{
		{"in a folder", host.Place{Root: "shop"}, []host.ChangedFile{
			{Path: "shop/README.md", Status: host.Modified},
			{Path: "shop/deploy/a.yaml", Status: host.Modified, Whole: true},
			{Path: "shop/deploy/moved-in.yaml", Previous: "shop/moved-in.yaml", Status: host.Renamed},
			{Path: "shop/deploy/new.yaml", Previous: "shop/deploy/old.yaml", Status: host.Renamed},
			{Path: "shop/moved-out.yaml", Previous: "shop/deploy/moved-out.yaml", Status: host.Renamed},
		}},
		{"a part of it", host.Place{Within: "deploy"}, []host.ChangedFile{
			{Path: "a.yaml", Status: host.Modified, Whole: true},
			{Path: "moved-in.yaml", Status: host.Added},
			{Path: "moved-out.yaml", Status: host.Removed},
			{Path: "new.yaml", Previous: "old.yaml", Status: host.Renamed},
		}},
	}
	for _, tt := range tests {
		got := changes.At(tt.place)
		if diff := cmp.Diff(tt.want, got.Files); diff != "" {
			t.Errorf("%s, -want +got:\n%s", tt.name, diff)
		}
	}
	for _, place := range []host.Place{{}, {Root: "."}} {
		if got := changes.At(place); len(got.Files) != len(changes.Files) {
			t.Errorf("%+v: %+v", place, got.Files)
		}
	}
}

func TestPlaceKnowsWhichFilesItCoversAndTheirNames(t *testing.T) {
	tests := []struct {
		place            host.Place
		file, repository string
		covers           bool
	}{
		{host.Place{}, "a.yaml", "a.yaml", true},
		{host.Place{Root: "."}, "a/b.yaml", "a/b.yaml", true},
		{host.Place{Root: "shop"}, "shop/a.yaml", "a.yaml", true},
		{host.Place{Root: "shop"}, "shopping/a.yaml", "shopping/a.yaml", false},
		{host.Place{Root: "shop", Others: []string{".", "shop/lib"}}, "shop/a.yaml", "a.yaml", true},
		{host.Place{Root: "shop", Others: []string{".", "shop/lib"}}, "shop/lib/a.yaml", "lib/a.yaml", false},
		{host.Place{Within: "deploy"}, "a.yaml", "deploy/a.yaml", true},
	}
	for _, tt := range tests {
		if got := tt.place.Covers(tt.file); got != tt.covers {
			t.Errorf("%+v covers %s: %t", tt.place, tt.file, got)
		}
		if got := tt.place.Repository(tt.file); got != tt.repository {
			t.Errorf("%+v: %s is %s, want %s", tt.place, tt.file, got, tt.repository)
		}
	}
}
