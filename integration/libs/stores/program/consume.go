package main

import (
	"context"
	"log"
	"os"
	"strings"

	"github.com/IBM/sarama"
	goredis "github.com/redis/go-redis/v9"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ledger counts what was sold. Each library consumes what it has sent itself.
type ledger struct{ rdb *goredis.Client }

func (l *ledger) count(ctx context.Context, sold []byte) error {
	return l.rdb.Incr(ctx, "sold by "+string(sold)).Err()
}

// consume counts in the background.
func consume(ctx context.Context) error {
	options, err := goredis.ParseURL(os.Getenv("REDIS"))
	if err != nil {
		return err
	}
	l := &ledger{goredis.NewClient(options)}
	config := sarama.NewConfig()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	group, err := sarama.NewConsumerGroup([]string{os.Getenv("KAFKA")}, os.Getenv("NAME")+"-sarama", config)
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(os.Getenv("KAFKA")), kgo.ConsumeTopics(os.Getenv("NAME")))
	if err != nil {
		return err
	}
	go func() {
		for ctx.Err() == nil {
			if err := group.Consume(ctx, []string{os.Getenv("NAME")}, l); err != nil {
				log.Print(err)
			}
		}
	}()
	go l.read(ctx, kafka.NewReader(kafka.ReaderConfig{Brokers: []string{os.Getenv("KAFKA")}, Topic: os.Getenv("NAME")}))
	go l.poll(ctx, client)
	return nil
}

// Setup is the method of sarama.ConsumerGroupHandler.
func (l *ledger) Setup(sarama.ConsumerGroupSession) error { return nil }

// Cleanup is the method of sarama.ConsumerGroupHandler.
func (l *ledger) Cleanup(sarama.ConsumerGroupSession) error { return nil }

// ConsumeClaim is the method of sarama.ConsumerGroupHandler.
func (l *ledger) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for m := range claim.Messages() {
		if !strings.HasPrefix(string(m.Value), "sarama") {
			continue
		}
		if err := l.count(session.Context(), m.Value); err != nil {
			return err
		}
		session.MarkMessage(m, "")
	}
	return nil
}

func (l *ledger) read(ctx context.Context, r *kafka.Reader) {
	for {
		m, err := r.ReadMessage(ctx)
		if err != nil {
			log.Print(err)
			return
		}
		if !strings.HasPrefix(string(m.Value), "kafkago") {
			continue
		}
		if err := l.count(ctx, m.Value); err != nil {
			log.Print(err)
		}
	}
}

func (l *ledger) poll(ctx context.Context, client *kgo.Client) {
	for ctx.Err() == nil {
		for _, r := range client.PollFetches(ctx).Records() {
			if !strings.HasPrefix(string(r.Value), "franz") {
				continue
			}
			if err := l.count(ctx, r.Value); err != nil {
				log.Print(err)
			}
		}
	}
}
