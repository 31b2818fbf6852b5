package lint

import "testing"

func TestLinksThatNobodyAskedForAreTold(t *testing.T) {
	if got := UnaskedLinks(nil); got != nil {
		t.Errorf("%v", got)
	}
	got := UnaskedLinks([]string{"https://b", "https://a", "https://b"})
	if want := "2 links to runbooks were not asked for: a run asks for 2000 pages, and for none once its time is over; whether theirs are there is not known"; len(got) != 1 || got[0].Message != want {
		t.Errorf("%v", got)
	}
}
