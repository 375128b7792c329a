// Command servers runs a server that speaks MongoDB's protocol, on SQLite, and a Kafka
// broker. It prints the messages that the broker gets.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/FerretDB/FerretDB/ferretdb"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	ctx := context.Background()
	mongo, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: os.Getenv("MONGO")},
		Handler:   "sqlite",
		SQLiteURL: "file:" + os.Getenv("DATA") + "/",
	})
	if err != nil {
		log.Fatal(err)
	}
	go func() { log.Fatal(mongo.Run(ctx)) }()

	_, port, _ := net.SplitHostPort(os.Getenv("KAFKA"))
	number, err := strconv.Atoi(port)
	if err != nil {
		log.Fatal(err)
	}
	topics := strings.Fields(os.Getenv("TOPICS"))
	kafka, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(number), kfake.SeedTopics(1, topics...))
	if err != nil {
		log.Fatal(err)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(kafka.ListenAddrs()...), kgo.ConsumeTopics(topics...))
	if err != nil {
		log.Fatal(err)
	}
	for {
		client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			fmt.Printf("%s %s", r.Topic, r.Value)
			for _, h := range r.Headers {
				fmt.Printf(" %s: %s", h.Key, h.Value)
			}
			fmt.Println()
		})
	}
}
