package report

import (
	"math"
	"testing"
)

func TestDecimal(t *testing.T) {
	for _, c := range []struct {
		v      float64
		digits int
		want   string
	}{
		{10, 0, "10"},
		{100, 2, "100"},
		{9.5, 2, "9.5"},
		{99.999, 2, "100"},
		{0, 3, "0"},
		{-0.001, 2, "0"},
		{-400, 2, "-400"},
		{99.95, ExactDigits, "99.95"},
		{1e6, 1, "1000000"},
	} {
		if got := Decimal(c.v, c.digits); got != c.want {
			t.Errorf("%v to %d digits: got %s, want %s", c.v, c.digits, got, c.want)
		}
	}
}

func TestPercentBelowALimitDoesNotLookLikeIt(t *testing.T) {
	for _, c := range []struct {
		v, other float64
		digits   int
		want     string
	}{
		{9.9, 10, 2, "9.9 %"},
		{9.9996, 10, 2, "9.9996 %"},
		{10, 10, 2, "10 %"},
		{99.99999, 100, 4, "99.99999 %"},
		{math.Nextafter(100, 0), 100, 4, "100 %"}, // closer than any digit that is shown
	} {
		if got := PercentApart(c.v, c.other, c.digits); got != c.want {
			t.Errorf("%v beside %v: got %s, want %s", c.v, c.other, got, c.want)
		}
	}
}

func TestNumDropsNoiseAndWhatIsNoNumber(t *testing.T) {
	if got := Num(0.1 + 0.2); got == nil || *got != 0.3 {
		t.Errorf("got %v, want 0.3", got)
	}
	if got := Num(math.Copysign(0, -1)); got == nil || math.Signbit(*got) {
		t.Errorf("got %v, want 0 without a sign", got)
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got := Num(v); got != nil {
			t.Errorf("%v is known as %v", v, *got)
		}
	}
}
