package organisation

import "testing"

func TestGlobs(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		fits          bool
	}{
		{"*", "checkout", true},
		{"*", "services/checkout.yaml", true},
		{"*", "services/shop/checkout.yaml", true},
		{"**", "services/shop/checkout.yaml", true},
		{"checkout", "checkout", true},
		{"checkout", "checkout-web", false},
		{"checkout-*", "checkout-web", true},
		{"check?ut", "checkout", true},
		{"{checkout,stock}", "stock", true},
		{"[cs]*", "stock", true},
		{"[!cs]*", "stock", false},
		{"Checkout", "checkout", false},
		{"checkout.yaml", "services/shop/checkout.yaml", true},
		{"*.yaml", "services/shop/checkout.yaml", true},
		{"*.yml", "services/shop/checkout.yaml", false},
		{"/*.yaml", "services/checkout.yaml", false},
		{"/*.yaml", "checkout.yaml", true},
		{"./*.yaml", "checkout.yaml", true},
		{"services/*", "services/checkout.yaml", true},
		{"services/*", "services/shop/checkout.yaml", false},
		{"services/*", "more/services/checkout.yaml", false},
		{"**/services/*", "more/services/checkout.yaml", true},
		{"services/**", "services/shop/checkout.yaml", true},
		{"services/**/*.yaml", "services/checkout.yaml", true},
		{"services/", "services/shop/checkout.yaml", true},
		{"services/", "services/checkout.yaml", true},
		{"shop/", "services/shop/checkout.yaml", true},
		{"/shop/", "services/shop/checkout.yaml", false},
		{"services/shop", "services/shop/checkout.yaml", false},
		{"./services/**", "services/checkout.yaml", true},
	} {
		if got := matchesAny([]Glob{newGlob(c.pattern)}, c.name); got != c.fits {
			t.Errorf("%s fits %s: %v", c.pattern, c.name, got)
		}
	}
	if !matchesAny(nil, "checkout") {
		t.Error("no pattern does not fit all")
	}
}
