// Package page serves the page on which traces are looked at, and the questions that it asks.
//
// The page itself is built from the folder web of the command and embedded. It is above
// traces and collect.
package page

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/seed-4257438c/xray-instrument/cmd/xray-local/internal/collect"
	"github.com/seed-4257438c/xray-instrument/cmd/xray-local/internal/traces"
)

//go:embed dist
var dist embed.FS

// Options say what a page is about.
type Options struct {
	Store   *traces.Store
	Collect func() collect.Counts
	Info    Info
	Problem func() string // what is wrong with the collector as a whole, or nothing
	Hosts   []string      // names under which the page may be asked for, beside those of loopback
}

// Info is what the page tells of the collector.
type Info struct {
	Daemon  string `json:"daemon"` // the address that segments are sent to
	Forward string `json:"forward,omitempty"`
	File    string `json:"file,omitempty"`
	Masked  bool   `json:"masked"`
	Demo    bool   `json:"demo"`
}

// tick is how often a page that is looked at hears of news, at most.
const tick = 500 * time.Millisecond

// maxRows are in one answer at most.
const maxRows = 500

// Handler returns the page.
func Handler(opts Options) http.Handler {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is embedded
	}
	s := server{opts}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /api/map", s.serviceMap)
	mux.HandleFunc("GET /api/latency", s.latency)
	mux.HandleFunc("GET /api/traces", s.traces)
	mux.HandleFunc("GET /api/traces/{id}", s.trace)
	mux.HandleFunc("GET /api/traces/{id}/export", s.export)
	mux.HandleFunc("GET /api/status", s.status)
	mux.HandleFunc("GET /api/events", s.events)
	mux.HandleFunc("POST /api/clear", s.clear)
	return guard(opts.Hosts, mux)
}

type server struct{ opts Options }

func (s server) serviceMap(w http.ResponseWriter, r *http.Request) {
	seconds, err := number(r.URL.Query(), "seconds")
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	send(w, s.opts.Store.Map(seconds))
}

func (s server) latency(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	seconds, err := number(query, "seconds")
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	send(w, s.opts.Store.Latency(query.Get("from"), query.Get("to"), seconds))
}

func (s server) traces(w http.ResponseWriter, r *http.Request) {
	q, err := parseQuery(r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	send(w, s.opts.Store.Find(q))
}

// parseQuery reads a question about traces.
func parseQuery(values url.Values) (traces.Query, error) {
	q := traces.Query{
		Service: values.Get("service"), Outcome: values.Get("outcome"), Text: values.Get("text"),
		From: values.Get("from"), To: values.Get("to"), ToOutcome: values.Get("toOutcome"),
	}
	var err error
	get := func(name string) float64 {
		v, failed := number(values, name)
		err = errors.Join(err, failed)
		return v
	}
	q.Min, q.Max = get("min"), get("max")
	q.Since, q.Until = get("since"), get("until")
	q.ToMin, q.ToMax = get("toMin"), get("toMax")
	q.Before = uint64(get("before"))
	q.Offset = int(get("offset"))
	q.Length = min(maxRows, int(get("length")))
	return q, err
}

// number returns a parameter that is a number and not negative; zero if it is not there.
func number(values url.Values, name string) (float64, error) {
	text := values.Get(name)
	if text == "" {
		return 0, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0 && v < 1<<53) {
		return 0, fmt.Errorf("%s: not a number that is not negative", name)
	}
	return v, nil
}

func (s server) trace(w http.ResponseWriter, r *http.Request) {
	line, err := s.opts.Store.Timeline(r.PathValue("id"))
	if err != nil {
		fail(w, err)
		return
	}
	send(w, line)
}

func (s server) export(w http.ResponseWriter, r *http.Request) {
	text, err := s.opts.Store.Export(r.PathValue("id"))
	if err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="trace.json"`)
	_, _ = w.Write(text) // the client has gone
}

// status is everything about the collector itself.
type status struct {
	Info
	Version uint64         `json:"version"`
	Store   traces.Counts  `json:"store"`
	Collect collect.Counts `json:"collect"`
	Problem string         `json:"problem,omitempty"`
}

func (s server) now() status {
	st := status{Info: s.opts.Info, Version: s.opts.Store.Version(), Store: s.opts.Store.Counts(), Collect: s.opts.Collect()}
	if s.opts.Problem != nil {
		st.Problem = s.opts.Problem()
	}
	return st
}

func (s server) status(w http.ResponseWriter, _ *http.Request) { send(w, s.now()) }

// events sends the state whenever something has arrived, until the page is closed.
func (s server) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	last := ""
	for idle := 0; ; idle++ {
		text, err := json.Marshal(s.now())
		if err != nil {
			return // numbers and texts can be encoded
		}
		if string(text) != last || idle > 20 { // now and then anyway, so that a broken connection is noticed
			if _, err := fmt.Fprintf(w, "data: %s\n\n", text); err != nil || control.Flush() != nil {
				return
			}
			last, idle = string(text), 0
		}
		select {
		case <-r.Context().Done():
			return
		case <-ticker.C:
		}
	}
}

func (s server) clear(w http.ResponseWriter, _ *http.Request) {
	s.opts.Store.Clear()
	w.WriteHeader(http.StatusNoContent)
}

func fail(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if errors.Is(err, traces.ErrNotFound) {
		status = http.StatusNotFound
	}
	http.Error(w, err.Error(), status)
}

func send(w http.ResponseWriter, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text) // the client has gone
}
