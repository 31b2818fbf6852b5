package alert

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

func TestNamesOfAlertsOnLogs(t *testing.T) {
	for service, want := range map[string]string{
		"pay": "PayPanic", "payment-api": "PaymentApiPanic", "my--api2": "MyApi2Panic", "2fa": "Service2faPanic", "": "ServicePanic",
	} {
		if got := LogName(&spec.Service{Name: spec.Value[string]{V: service}}, tech.Log{Name: "Panic"}); got != want {
			t.Errorf("%q gives %q, want %q", service, got, want)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		service := rapid.String().Draw(rt, "service")
		got := LogName(&spec.Service{Name: spec.Value[string]{V: service}}, tech.Log{Name: "Panic"})
		if !regexp.MustCompile(`^[A-Z][A-Za-z0-9]+$`).MatchString(got) {
			rt.Fatalf("%q gives %q", service, got)
		}
	})
}
