package entrypoint

import (
	"errors"
	"net/http"
	"time"

	"github.com/nthlayer/action/pkg/host"
)

// remedy says what to do about something that a host did not take. It is empty
// for errors that say so themselves, and where a permission is missing.
func remedy(err error) string {
	e, ok := errors.AsType[*host.Error](err)
	if !ok {
		return ""
	}
	switch e.Kind {
	case host.Permission:
		if e.Status == http.StatusUnauthorized {
			return "Check the token: it is wrong, expired or revoked."
		}
		return ""
	case host.NotFound:
		return ""
	case host.Limited, host.Transient, host.Conflict, host.Stopped:
		if !e.Until.IsZero() {
			return "Run the job again after " + e.Until.UTC().Format(time.RFC3339) + " to have it delivered."
		}
		return "Run the job again to have it delivered."
	case host.TooLong, host.Rejected:
	}
	return "Running the job again will not help; the log and the report hold the same results."
}
