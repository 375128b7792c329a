package xray

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/segmentio/kafka-go"
)

func KafkaWrite(ctx context.Context, w *kafka.Writer, msgs ...kafka.Message) error {
	return xrayKafkaWrite(w, ctx, msgs...)
}

// xrayKafkaWrite is w.WriteMessages, recorded as a subsegment, with messages that
// carry the trace's header.
func xrayKafkaWrite(w *kafka.Writer, ctx context.Context, msgs ...kafka.Message) (err error) {
	var topics []string
	for _, m := range msgs {
		if m.Topic == "" {
			m.Topic = w.Topic
		}
		topics = append(topics, m.Topic)
	}
	below, seg := xrayKafka(ctx, topics...)
	if seg == nil {
		return w.WriteMessages(ctx, msgs...)
	}
	defer func() { xrayEnd(seg, err) }()
	err = w.WriteMessages(below, xrayKafkaHeaders(seg, msgs)...)
	var large kafka.MessageTooLargeError
	if errors.As(err, &large) { // perhaps by the header alone, and nothing is sent
		return w.WriteMessages(below, msgs...)
	}
	return err
}

// xrayKafkaHeaders returns messages with the trace's header, where they have none.
func xrayKafkaHeaders(seg *xray.Segment, msgs []kafka.Message) []kafka.Message {
	out := make([]kafka.Message, len(msgs))
	for i, m := range msgs {
		has := false
		for _, h := range m.Headers {
			has = has || h.Key == xray.TraceIDHeaderKey
		}
		if !has {
			m.Headers = append(m.Headers[:len(m.Headers):len(m.Headers)], kafka.Header{
				Key: xray.TraceIDHeaderKey, Value: []byte(seg.DownstreamHeader().String()),
			})
		}
		out[i] = m
	}
	return out
}

// xrayWorkKafka is xrayWork for a message: its segment continues the trace whose header
// came with it.
func xrayWorkKafka(ctx context.Context, name string, m kafka.Message) (context.Context, func()) {
	trace := ""
	for _, h := range m.Headers {
		if strings.EqualFold(h.Key, xray.TraceIDHeaderKey) {
			trace = string(h.Value)
		}
	}
	return xrayWorkFrom(ctx, name, trace)
}
