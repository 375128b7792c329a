// Command kiosk counts what it sells in Redis and MongoDB and tells others by Kafka, by
// eight libraries: one path each. What it hears by Kafka it counts in the background.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
)

// sell is what is done for a request. It returns what the answer is to be.
type sell func(ctx context.Context, item string) (string, error)

func main() {
	for path, open := range map[string]func() (sell, error){
		"/redis": openRedis, "/redisv8": openRedisV8, "/redigo": openRedigo, "/mongo": openMongo, "/mongov1": openMongoV1,
		"/sarama": openSarama, "/kafkago": openKafkaGo, "/franz": openFranz,
	} {
		do, err := open()
		if err != nil {
			log.Fatalf("%s: %v", path, err)
		}
		http.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			answer, err := do(r.Context(), "tea")
			fmt.Fprintln(w, answer, err)
		})
	}
	if err := consume(context.Background()); err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(os.Getenv("LISTEN_ADDR"), nil))
}
