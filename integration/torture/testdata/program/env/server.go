package env

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
)

// backend answers the outbound calls of all units: it prints what it was asked.
var backend = sync.OnceValue(func() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		unit, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		body, _ := io.ReadAll(r.Body)
		Print(unit, "asked", r.Method, r.URL.RequestURI(), r.Header.Get("Content-Type"), r.Header.Get("X-Unit"), string(body))
		if strings.Contains(r.URL.Path, "fail") {
			w.WriteHeader(http.StatusTeapot)
		}
		fmt.Fprintf(w, "answer to %s", r.URL.Path)
	}))
})

// URL returns an address of the backend.
func URL(unit, path string) string { return backend().URL + "/" + unit + "/" + path }

// address is that of a server, whose port is another one in each run.
var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// Answer prints what a call returned.
func Answer(unit string, resp *http.Response, err error) {
	if err != nil {
		Print(unit, "no answer", address.ReplaceAllString(err.Error(), ""))
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	Print(unit, "answer", resp.StatusCode, string(body), err)
}

// Listen returns a listener on a free port.
func Listen() net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	return l
}

// Ask sends a request to a unit's own server, prints the answer when the handler has come to its end, and lets what
// the request has started come to its own.
func Ask(unit string, l net.Listener, path string) {
	resp, err := http.Post("http://"+l.Addr().String()+path, "text/plain", strings.NewReader("the body"))
	Answer(unit, resp, err)
	if err == nil {
		Print(unit, "header", resp.Header.Get("X-Unit"))
	}
	Settle(unit)
}
