package main

import (
	"context"
	"fmt"

	"github.com/nthlayer/action/pkg/transport/pages"
)

// reachOf returns what asks for pages by the value of --check-urls; nil when nobody
// wants that.
func reachOf(which string) (func(context.Context, []string) (map[string]string, []string), error) {
	switch which {
	case "":
		return nil, nil
	case "public":
		return pages.Public().Reach, nil
	case "all":
		return pages.All().Reach, nil
	}
	return nil, fmt.Errorf("--check-urls is %q: it must be public or all", which)
}
