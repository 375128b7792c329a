package xray

import (
	"context"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

// xrayKafka begins the subsegment of sending messages to topics of Kafka.
func xrayKafka(ctx context.Context, topics ...string) (context.Context, *xray.Segment) {
	if len(topics) == 0 {
		return ctx, nil
	}
	name := "kafka:" + topics[0]
	for _, t := range topics {
		if t != topics[0] {
			name = "kafka"
		}
	}
	below, seg := xrayRemote(ctx, name)
	if seg == nil {
		return below, nil
	}
	if name != "kafka" {
		_ = seg.AddAnnotation("kafka_topic", topics[0])
	}
	if len(topics) > 1 {
		_ = seg.AddAnnotation("kafka_messages", len(topics))
	}
	return below, seg
}
