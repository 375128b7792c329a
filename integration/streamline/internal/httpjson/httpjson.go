// Package httpjson reads and writes the JSON bodies of requests and responses.
package httpjson

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"

	"example.com/streamline/internal/api"
)

const maxBody = 1 << 20

// Read decodes the body of a request. It answers 400 itself and returns false when it can't.
func Read(w http.ResponseWriter, r *http.Request, into any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		Fail(w, http.StatusBadRequest, "malformed body", err.Error())
		return false
	}
	return true
}

// Write sends v with the given status.
func Write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		log.Printf("writing a response: %v", err)
	}
}

// Fail sends an api.Problem with the given status.
func Fail(w http.ResponseWriter, status int, message string, details ...string) {
	Write(w, status, api.Problem{Error: message, Details: details})
}

// StatusError is an answer of another service that was not a success.
type StatusError struct {
	Status  int
	Problem api.Problem
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("status %d: %s", e.Status, e.Problem.Error)
}

// Decode reads the response of another service and closes its body.
// A status of 400 and above comes back as a *StatusError.
func Decode(resp *http.Response, into any) error {
	defer resp.Body.Close()
	body := io.LimitReader(resp.Body, maxBody)
	if resp.StatusCode >= http.StatusBadRequest {
		failed := &StatusError{Status: resp.StatusCode}
		if err := json.NewDecoder(body).Decode(&failed.Problem); err != nil {
			failed.Problem.Error = resp.Status
		}
		return failed
	}
	return json.NewDecoder(body).Decode(into)
}
