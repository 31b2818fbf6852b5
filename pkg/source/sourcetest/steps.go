package sourcetest

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
)

// Step answers one request in place of the server, or changes its answer.
type Step func(w http.ResponseWriter, r *http.Request, s *Server)

// Pass answers truly; it stands for a request that goes well among steps.
func Pass() Step {
	return func(w http.ResponseWriter, r *http.Request, s *Server) { s.answer(w, r) }
}

// Respond answers with these bytes.
func Respond(status int, contentType, body string) Step {
	return func(w http.ResponseWriter, _ *http.Request, _ *Server) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// Status answers with a status and its name as text.
func Status(status int) Step { return Respond(status, "text/plain", http.StatusText(status)) }

// Fail answers with an error as the API writes it; errorType is one of bad_data,
// execution, timeout, canceled, internal, not_found.
func Fail(status int, errorType, message string) Step {
	body, _ := json.Marshal(envelope{Status: "error", ErrorType: errorType, Error: message})
	return Respond(status, "application/json", string(body))
}

// RetryAfter answers with a status and a Retry-After header.
func RetryAfter(status int, value string) Step {
	return WithHeader("Retry-After", value, Status(status))
}

// WithHeader adds a header to the answer of a step.
func WithHeader(name, value string, step Step) Step {
	return func(w http.ResponseWriter, r *http.Request, s *Server) {
		w.Header().Set(name, value)
		step(w, r, s)
	}
}

// HTML answers 200 with a login page.
func HTML() Step {
	return Respond(http.StatusOK, "text/html", "<!DOCTYPE html>\n<html><title>Sign in</title></html>")
}

// JSON answers 200 with this JSON.
func JSON(body string) Step { return Respond(http.StatusOK, "application/json", body) }

// Data answers success with this JSON as the data.
func Data(data string) Step { return JSON(`{"status":"success","data":` + data + `}`) }

// Value answers a query with one series without labels; NaN and Inf are values.
func Value(v float64) Step {
	return Data(fmt.Sprintf(`{"resultType":"vector","result":[{"metric":{},"value":[0,%q]}]}`, format(v)))
}

// Scalar answers a query with a scalar.
func Scalar(v float64) Step {
	return Data(fmt.Sprintf(`{"resultType":"scalar","result":[0,%q]}`, format(v)))
}

func format(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// Truncated answers with the first half of the true answer and a fitting length.
func Truncated() Step {
	return func(w http.ResponseWriter, r *http.Request, s *Server) {
		body := s.record(r).Body.String()
		Respond(http.StatusOK, "application/json", body[:len(body)/2])(w, r, s)
	}
}

// CutOff sends the first half of the true answer and closes the connection.
func CutOff() Step {
	return func(w http.ResponseWriter, r *http.Request, s *Server) {
		body := s.record(r).Body.String()
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write([]byte(body[:len(body)/2]))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// Hang answers nothing until the client goes away or the test ends.
func Hang() Step {
	return func(_ http.ResponseWriter, r *http.Request, s *Server) {
		select {
		case <-r.Context().Done():
		case <-s.done:
		}
	}
}

// Hold waits for the channel to be closed and then answers truly.
func Hold(until <-chan struct{}) Step {
	return func(w http.ResponseWriter, r *http.Request, s *Server) {
		select {
		case <-until:
			s.answer(w, r)
		case <-r.Context().Done():
		case <-s.done:
		}
	}
}

// Reset breaks the connection, so that the client sees "connection reset by
// peer".
func Reset() Step {
	return func(w http.ResponseWriter, _ *http.Request, _ *Server) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
}

// Redirect answers with a redirect to an address; "%s" in it stands for the path
// and parameters that were asked for.
func Redirect(status int, to string) Step {
	return func(w http.ResponseWriter, r *http.Request, _ *Server) {
		address := to
		if before, after, ok := cutVerb(to); ok {
			address = before + r.URL.RequestURI() + after
		}
		w.Header().Set("Location", address)
		w.WriteHeader(status)
	}
}

func cutVerb(s string) (before, after string, ok bool) {
	for i := 0; i+1 < len(s); i++ {
		if s[i:i+2] == "%s" {
			return s[:i], s[i+2:], true
		}
	}
	return s, "", false
}

// Warn adds warnings to the true answer.
func Warn(warnings ...string) Step {
	return change(func(e *envelope) { e.Warnings = append(e.Warnings, warnings...) })
}

// Infos adds infos to the true answer.
func Infos(infos ...string) Step {
	return change(func(e *envelope) { e.Infos = append(e.Infos, infos...) })
}

// Partial marks the true answer as VictoriaMetrics does when a node is away.
func Partial() Step { return change(func(e *envelope) { e.IsPartial = true }) }

func change(f func(*envelope)) Step {
	return func(w http.ResponseWriter, r *http.Request, s *Server) {
		answer := s.record(r)
		var e envelope
		if err := json.Unmarshal(answer.Body.Bytes(), &e); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		f(&e)
		body, err := json.Marshal(e)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		Respond(answer.Code, "application/json", string(body))(w, r, s)
	}
}

// record returns the true answer.
func (s *Server) record(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.answer(w, r)
	return w
}
