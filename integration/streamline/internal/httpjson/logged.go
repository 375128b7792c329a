package httpjson

import (
	"log"
	"net/http"
)

// Logged writes one line for every request that next has answered.
func Logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(rec, r)
		log.Printf("%s %s %d", r.Method, r.URL.Path, rec.status)
	})
}

// statusRecorder remembers the status that a handler has sent.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (r *statusRecorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Healthy answers that the service is up.
func Healthy(w http.ResponseWriter, _ *http.Request) {
	Write(w, http.StatusOK, map[string]string{"status": "ok"})
}
