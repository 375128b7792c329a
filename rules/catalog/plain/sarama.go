package plain

import (
	"context"

	"github.com/IBM/sarama"
)

//idiom:library github.com/IBM/sarama
//idiom:traces `SendMessage` and `SendMessages` of a `SyncProducer` -> subsegment `kafka:TOPIC`, or `kafka` for messages of several topics; the trace header goes out with each message
//idiom:traces a message that is consumed, where something that is done with it is traced -> segment of its own, in the trace of the one who sent it ([background work](background.md#messages))
//idiom:untraced what is sent through the channel of an `AsyncProducer`, which takes no context; the contents of messages

// SaramaSend finds SendMessage on a SyncProducer (IBM/sarama). It becomes one
// subsegment named kafka:TOPIC, and the message carries the trace's header while it
// is sent; afterwards it is as it was. A message that has the header keeps it. Where
// the producer's protocol version has no headers, or the message is too large with
// it, the message goes out without.
//
//idiom:kind messaging
//idiom:guard unannounced uncaptured
func SaramaSend(ctx context.Context, p sarama.SyncProducer, m *sarama.ProducerMessage) (int32, int64, error) {
	return p.SendMessage(m)
}

// SaramaSendAll finds SendMessages on a SyncProducer (IBM/sarama) and promises what
// SaramaSend does, with one subsegment for all messages. It is named kafka where
// they belong to several topics.
//
//idiom:kind messaging
//idiom:guard unannounced uncaptured
func SaramaSendAll(ctx context.Context, p sarama.SyncProducer, list []*sarama.ProducerMessage) error {
	return p.SendMessages(list)
}
