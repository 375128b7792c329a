// Package runtimeapi stands in for the runtime API of AWS Lambda in tests: it hands
// events to a program that lambda.Start runs in, and takes what that answers.
//
// It imports the standard library alone, so that the tests of each module can use it.
package runtimeapi

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is a runtime API on the loopback interface.
type Server struct {
	listener net.Listener
	events   chan *event

	mu      sync.Mutex
	pending map[string]*event
	count   int
}

// Answer is what a program makes of an event.
type Answer struct {
	Body        string
	ContentType string
	// Failed says that the handler has returned an error, or panicked; ErrorType is
	// the type that the library gives it.
	Failed    bool
	ErrorType string
}

type event struct {
	id, payload, trace string
	answer             chan Answer
}

const prefix = "/2018-06-01/runtime/invocation/"

// Start starts a server for the length of a test.
func Start(t testing.TB) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{listener: l, events: make(chan *event), pending: map[string]*event{}}
	srv := &http.Server{Handler: s}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { srv.Close() })
	return s
}

// Env returns the environment of a program that the server is to invoke.
func (s *Server) Env() []string {
	return []string{
		"AWS_LAMBDA_RUNTIME_API=" + s.listener.Addr().String(), "AWS_LAMBDA_FUNCTION_NAME=orders", "AWS_LAMBDA_FUNCTION_VERSION=1",
		"_HANDLER=bootstrap", "AWS_EXECUTION_ENV=AWS_Lambda_provided.al2023",
	}
}

// Invoke hands an event to the program, with the header of a trace, and returns what
// it answers.
func (s *Server) Invoke(t testing.TB, payload, trace string) Answer {
	t.Helper()
	s.mu.Lock()
	s.count++
	e := &event{id: "request-" + strconv.Itoa(s.count), payload: payload, trace: trace, answer: make(chan Answer, 1)}
	s.pending[e.id] = e
	s.mu.Unlock()
	timeout := time.After(20 * time.Second)
	select {
	case s.events <- e:
	case <-timeout:
		t.Fatal("the program asks for no event")
	}
	select {
	case a := <-e.answer:
		return a
	case <-timeout:
		t.Fatal("the program does not answer")
	}
	return Answer{}
}

// ServeHTTP speaks the runtime API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rest, ok := strings.CutPrefix(r.URL.Path, prefix)
	if !ok {
		http.NotFound(w, r)
		return
	}
	if rest == "next" {
		select {
		case e := <-s.events:
			e.write(w)
		case <-r.Context().Done():
		}
		return
	}
	id, kind, _ := strings.Cut(rest, "/")
	s.mu.Lock()
	e := s.pending[id]
	delete(s.pending, id)
	s.mu.Unlock()
	if e == nil {
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		body = []byte(fmt.Sprint("cannot be read: ", err))
	}
	w.WriteHeader(http.StatusAccepted)
	e.answer <- Answer{Body: string(body), ContentType: r.Header.Get("Content-Type"), Failed: kind == "error", ErrorType: r.Header.Get("Lambda-Runtime-Function-Error-Type")}
}

func (e *event) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Lambda-Runtime-Aws-Request-Id", e.id)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(time.Minute).UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:orders")
	if e.trace != "" {
		h.Set("Lambda-Runtime-Trace-Id", e.trace)
	}
	_, _ = io.WriteString(w, e.payload)
}
