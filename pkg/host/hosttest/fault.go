package hosttest

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
)

// Fault makes the server fail on matching requests.
type Fault struct {
	// Method and Path choose the requests: the method, and a part of the path, or
	// its end when Path ends in $. Empty stands for any.
	Method, Path string
	// Skip is how many matching requests go through before.
	Skip int
	// Times is how often the fault strikes; 0 is always.
	Times int
	// AfterEffect does what was asked before the fault is the answer.
	AfterEffect bool
	// Status and Message are the answer, with Header.
	Status  int
	Message string
	Header  map[string]string
	// RedirectTo answers 307 with that address.
	RedirectTo string
	// Truncate cuts the real answer in the middle.
	Truncate bool
	// NextPage gives the real answer and says that there is one more page, with
	// the number that NextPage makes of the present one.
	NextPage func(page int) int
	// Hang answers only when the client has gone.
	Hang bool
	// Before runs before the fault, as for another run that comes in between.
	Before func()
}

// faults are the faults of a server, in the order in which they were added.
type faults []*Fault

func (l *faults) add(f Fault) {
	if f.Times == 0 {
		f.Times = -1
	}
	*l = append(*l, &f)
}

// take returns the fault for a request, if any, and uses it up.
func (l faults) take(r *http.Request) *Fault {
	for _, f := range l {
		if f.Times == 0 || !f.matches(r) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		if f.Times > 0 {
			f.Times--
		}
		return f
	}
	return nil
}

func (f *Fault) matches(r *http.Request) bool {
	if f.Method != "" && f.Method != r.Method {
		return false
	}
	if end, ok := strings.CutSuffix(f.Path, "$"); ok {
		return strings.HasSuffix(r.URL.Path, end)
	}
	return strings.Contains(r.URL.Path, f.Path)
}

// before lets the fault strike. It returns false when the request goes on as if
// nothing was.
func (f *Fault) before(w http.ResponseWriter, r *http.Request, next http.Handler) bool {
	if f.Before != nil {
		f.Before()
	}
	switch {
	case f.Hang:
		<-r.Context().Done()
		return true
	case f.RedirectTo != "":
		http.Redirect(w, r, f.RedirectTo, http.StatusTemporaryRedirect)
		return true
	case f.Truncate:
		truncate(w, r, next)
		return true
	case f.NextPage != nil:
		f.onePageMore(w, r, next)
		return true
	case f.Status == 0:
		return false
	}
	if f.AfterEffect {
		next.ServeHTTP(httptest.NewRecorder(), r)
	}
	for name, value := range f.Header {
		w.Header().Set(name, value)
	}
	answer(w, f.Status, map[string]string{"message": f.Message})
	return true
}

// truncate announces the whole answer and sends half of it.
func truncate(w http.ResponseWriter, r *http.Request, next http.Handler) {
	whole := httptest.NewRecorder()
	next.ServeHTTP(whole, r)
	body := whole.Body.Bytes()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", itoa(int64(len(body))))
	w.WriteHeader(whole.Code)
	_, _ = w.Write(body[:len(body)/2])
}

// onePageMore names a next page in the way of both hosts.
func (f *Fault) onePageMore(w http.ResponseWriter, r *http.Request, next http.Handler) {
	whole := httptest.NewRecorder()
	next.ServeHTTP(whole, r)
	query := r.URL.Query()
	page, err := strconv.Atoi(query.Get("page"))
	if err != nil {
		page = 1
	}
	number := strconv.Itoa(f.NextPage(page))
	query.Set("page", number)
	maps.Copy(w.Header(), whole.Header())
	w.Header().Set("X-Next-Page", number)
	w.Header().Set("Link", fmt.Sprintf("<http://%s%s?%s>; rel=\"next\"", r.Host, r.URL.Path, query.Encode()))
	w.WriteHeader(whole.Code)
	_, _ = w.Write(whole.Body.Bytes())
}
