package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/IBM/sarama"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"
)

func openSarama() (sell, error) {
	config := sarama.NewConfig()
	config.Producer.Return.Successes = true
	producer, err := sarama.NewSyncProducer([]string{os.Getenv("KAFKA")}, config)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, item string) (string, error) {
		partition, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: os.Getenv("NAME"), Value: sarama.StringEncoder("sarama " + item)})
		return fmt.Sprint(partition), err
	}, nil
}

func openKafkaGo() (sell, error) {
	w := &kafka.Writer{Addr: kafka.TCP(os.Getenv("KAFKA")), Topic: os.Getenv("NAME"), BatchTimeout: time.Millisecond}
	return func(ctx context.Context, item string) (string, error) {
		return "", w.WriteMessages(ctx, kafka.Message{Value: []byte("kafkago " + item)})
	}, nil
}

func openFranz() (sell, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(os.Getenv("KAFKA")), kgo.DefaultProduceTopic(os.Getenv("NAME")))
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, item string) (string, error) {
		return "", client.ProduceSync(ctx, kgo.StringRecord("franz "+item)).FirstErr()
	}, nil
}
