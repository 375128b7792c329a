package plain

import (
	"context"

	"github.com/Shopify/sarama"
)

//idiom:library github.com/Shopify/sarama
//idiom:traces `SendMessage` and `SendMessages` of a `SyncProducer` -> subsegment `kafka:TOPIC`, or `kafka` for messages of several topics; the trace header goes out with each message
//idiom:traces a message that is consumed, where something that is done with it is traced -> segment of its own, in the trace of the one who sent it ([background work](background.md#messages))
//idiom:untraced what is sent through the channel of an `AsyncProducer`, which takes no context; the contents of messages

// ShopifySend finds SendMessage on a SyncProducer (Shopify/sarama, the path of
// sarama before version 1.40) and promises what SaramaSend does.
//
//idiom:kind messaging
//idiom:guard unannounced uncaptured
func ShopifySend(ctx context.Context, p sarama.SyncProducer, m *sarama.ProducerMessage) (int32, int64, error) {
	return p.SendMessage(m)
}

// ShopifySendAll finds SendMessages on a SyncProducer (Shopify/sarama) and promises
// what SaramaSendAll does.
//
//idiom:kind messaging
//idiom:guard unannounced uncaptured
func ShopifySendAll(ctx context.Context, p sarama.SyncProducer, list []*sarama.ProducerMessage) error {
	return p.SendMessages(list)
}
