package alert

import (
	"strings"
	"unicode"

	"github.com/nthlayer/action/pkg/spec"
	"github.com/nthlayer/action/pkg/tech"
)

// LogName is the name of the alert on a pattern in the logs of a service, or of
// something that it depends on: PaymentApiPanic for Panic. Names of rules for Loki
// have the service in them, as a tenant's rules lie side by side.
func LogName(s *spec.Service, l tech.Log) string { return pascal(s) + l.Name }

// pascal is the name of a service as the first part of an alert's name: PaymentApi
// for payment-api.
func pascal(s *spec.Service) string {
	var b strings.Builder
	start := true
	for _, r := range s.Name.V {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			start = true
			continue
		}
		if start {
			r = unicode.ToUpper(r)
		}
		b.WriteRune(r)
		start = false
	}
	name := b.String()
	if name == "" || unicode.IsDigit(rune(name[0])) {
		return "Service" + name
	}
	return name
}
