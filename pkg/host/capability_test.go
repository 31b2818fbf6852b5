package host_test

import (
	"testing"

	"github.com/nthlayer/action/pkg/host"
)

func TestAuthorsAreTheSameAccountOrNot(t *testing.T) {
	bot, person := host.Author{Login: "x[bot]", Bot: true}, host.Author{Login: "x"}
	for name, tt := range map[string]struct {
		a, b host.Author
		want bool
	}{
		"the same":                   {bot, bot, true},
		"another":                    {bot, host.Author{Login: "y[bot]", Bot: true}, false},
		"a person named as our bot":  {person, bot, false},
		"nobody and nobody":          {host.Author{}, host.Author{}, false},
		"a bot that nobody can name": {host.Author{Bot: true}, host.Author{Bot: true}, false},
	} {
		if got := tt.a.Same(tt.b); got != tt.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
