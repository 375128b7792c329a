// Command servers runs a server that speaks S3's protocol, in memory. It prints the calls
// that it gets, with their trace header.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

func main() {
	s3 := gofakes3.New(s3mem.New()).Server()
	log.Fatal(http.ListenAndServe(os.Getenv("S3"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s3.ServeHTTP(w, r)
		fmt.Printf("%s %s %s\n", r.Method, r.URL.Path, r.Header.Get("X-Amzn-Trace-Id"))
	})))
}
