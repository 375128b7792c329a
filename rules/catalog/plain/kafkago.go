package plain

import (
	"context"

	"github.com/segmentio/kafka-go"
)

//idiom:library github.com/segmentio/kafka-go
//idiom:traces `WriteMessages` of a `Writer` -> subsegment `kafka:TOPIC`, or `kafka` for messages of several topics; the trace header goes out with each message
//idiom:traces a message that is consumed, where something that is done with it is traced -> segment of its own, in the trace of the one who sent it ([background work](background.md#messages))
//idiom:untraced a connection's `WriteMessages`, which takes no context; a reader's fetches; the contents of messages

// KafkaWrite finds WriteMessages on a Writer (segmentio/kafka-go). It becomes one
// subsegment named kafka:TOPIC, and copies of the messages carry the trace's
// header. A message that has the header keeps it. Where a message is too large with
// it, all go out without. Of an asynchronous writer the subsegment ends when the
// messages are taken over, and its Completion sees the header.
//
//idiom:kind messaging
//idiom:guard unannounced uncaptured
func KafkaWrite(ctx context.Context, w *kafka.Writer, msgs ...kafka.Message) error {
	return w.WriteMessages(ctx, msgs...)
}
