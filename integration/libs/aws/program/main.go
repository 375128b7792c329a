// Command shelf keeps what it is given in S3 and DynamoDB, by the AWS SDK v2: one path
// each.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
)

// keep is what is done for a request. It returns what the answer is to be.
type keep func(ctx context.Context, item string) (string, error)

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	name := os.Getenv("NAME")
	objects, table := newObjects(cfg, os.Getenv("S3"), name), newTable(cfg, os.Getenv("DYNAMODB"), name)
	for path, do := range map[string]keep{"/s3": objects.keep, "/upload": objects.upload, "/dynamodb": table.keep} {
		http.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			answer, err := do(r.Context(), "tea")
			fmt.Fprintln(w, answer, err)
		})
	}
	log.Fatal(http.ListenAndServe(os.Getenv("LISTEN_ADDR"), nil))
}
