package pages

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPagesThatAreNotThere(t *testing.T) {
	var mu sync.Mutex
	asked := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.Method+" "+r.URL.Path]++
		mu.Unlock()
		if r.Header.Get("Authorization") != "" {
			t.Error("a login was sent")
		}
		switch r.URL.Path {
		case "/gone":
			w.WriteHeader(http.StatusNotFound)
		case "/broken":
			w.WriteHeader(http.StatusBadGateway)
		case "/login":
			w.WriteHeader(http.StatusForbidden)
		case "/noheads":
			if r.Method == http.MethodHead {
				w.WriteHeader(http.StatusMethodNotAllowed)
			}
		case "/moved":
			http.Redirect(w, r, "/there", http.StatusFound)
		case "/circle":
			http.Redirect(w, r, "/circle", http.StatusFound)
		}
	}))
	defer server.Close()
	var urls []string
	for _, path := range []string{"/gone", "/broken", "/login", "/noheads", "/moved", "/circle", "/there"} {
		urls = append(urls, server.URL+path)
	}
	urls = append(urls, strings.Replace(server.URL, "http://", "http://ada:secret@", 1)+"/there")
	want := map[string]string{
		server.URL + "/gone":   "the host answers with 404",
		server.URL + "/broken": "the host answers with 502",
		server.URL + "/circle": "the host cannot be reached",
	}
	all := All()
	for range 2 { // each page is asked for once, however often
		got, left := all.Reach(t.Context(), urls)
		if diff := cmp.Diff(want, got); diff != "" || left != nil {
			t.Errorf("-want +got:\n%s\nleft %v", diff, left)
		}
	}
	if asked["GET /noheads"] != 1 || asked["GET /gone"] != 0 || asked["HEAD /gone"] != 1 {
		t.Errorf("asked %v", asked)
	}
	// This server is at a loopback address, so nothing is asked of it.
	asked = map[string]int{}
	private, _ := Public().Reach(t.Context(), urls)
	if len(private) != len(urls) {
		t.Errorf("%v", private)
	}
	for url, why := range private {
		if why != errPrivate.Error() {
			t.Errorf("%s: %s", url, why)
		}
	}
	if len(asked) > 0 {
		t.Errorf("a private address was asked: %v", asked)
	}
}

// However often a client is asked, it asks for so many pages, and says what is left.
func TestPagesBeyondTheMost(t *testing.T) {
	var urls []string
	for i := range Max + 2 {
		urls = append(urls, "http://127.0.0.1:9/"+strconv.Itoa(i))
	}
	c := Public()
	for range 2 {
		dead, left := c.Reach(t.Context(), urls)
		if len(dead) != Max || len(left) != 2 {
			t.Errorf("%d are not there and %d left", len(dead), len(left))
		}
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if dead, left := Public().Reach(over, urls[:3]); len(dead) != 0 || len(left) != 3 {
		t.Errorf("after the end: %v, %v", dead, left)
	}
}

func TestAddressesThatAreNotPublic(t *testing.T) {
	for address, private := range map[string]bool{
		"127.0.0.1:80": true, "10.1.2.3:443": true, "192.168.0.1:80": true, "172.16.0.1:80": true, "169.254.169.254:80": true, "0.0.0.0:80": true,
		"100.64.0.1:80": true, "[::1]:80": true, "[fe80::1]:80": true, "[fd00::1]:80": true, "[::ffff:10.0.0.1]:80": true, "[64:ff9b::a00:1]:80": true, "224.0.0.1:80": true,
		"93.184.216.34:443": false, "[2606:2800:220:1::1]:443": false,
	} {
		if err := publicOnly("tcp", address, nil); (err != nil) != private {
			t.Errorf("%s: %v", address, err)
		}
	}
}
