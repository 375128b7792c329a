package xray

import (
	"context"
	"errors"
	"strings"

	"github.com/Shopify/sarama"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

func ShopifySend(ctx context.Context, p sarama.SyncProducer, m *sarama.ProducerMessage) (int32, int64, error) {
	return xrayShopifySend(ctx, p, m)
}

func ShopifySendAll(ctx context.Context, p sarama.SyncProducer, list []*sarama.ProducerMessage) error {
	return xrayShopifySendAll(ctx, p, list)
}

// xrayShopifySend is p.SendMessage, recorded as a subsegment. The message carries the
// trace's header meanwhile.
func xrayShopifySend(ctx context.Context, p sarama.SyncProducer, m *sarama.ProducerMessage) (partition int32, offset int64, err error) {
	if m == nil {
		return p.SendMessage(m)
	}
	_, seg := xrayKafka(ctx, m.Topic)
	defer func() { xrayEnd(seg, err) }()
	added, plain := xrayShopifyHeader(seg, m)
	defer plain()
	partition, offset, err = p.SendMessage(m)
	if added && xrayShopifyRefused(err) {
		plain()
		return p.SendMessage(m)
	}
	return partition, offset, err
}

// xrayShopifySendAll is p.SendMessages, recorded as a subsegment. The messages carry
// the trace's header meanwhile.
func xrayShopifySendAll(ctx context.Context, p sarama.SyncProducer, list []*sarama.ProducerMessage) (err error) {
	var topics []string
	for _, m := range list {
		if m == nil {
			return p.SendMessages(list)
		}
		topics = append(topics, m.Topic)
	}
	_, seg := xrayKafka(ctx, topics...)
	defer func() { xrayEnd(seg, err) }()
	plain := map[*sarama.ProducerMessage]func(){}
	for _, m := range list {
		if added, undo := xrayShopifyHeader(seg, m); added {
			plain[m] = undo
		}
	}
	defer func() {
		for _, undo := range plain {
			undo()
		}
	}()
	err = p.SendMessages(list)
	var failed, final sarama.ProducerErrors
	if !errors.As(err, &failed) {
		return err
	}
	var again []*sarama.ProducerMessage
	for _, f := range failed {
		if undo := plain[f.Msg]; undo != nil && xrayShopifyRefused(f.Err) {
			undo()
			again = append(again, f.Msg)
		} else {
			final = append(final, f)
		}
	}
	if len(again) == 0 {
		return err
	}
	rest := p.SendMessages(again)
	if errors.As(rest, &failed) {
		return append(final, failed...)
	}
	if rest != nil {
		return rest
	}
	if len(final) > 0 {
		return final
	}
	return nil
}

// xrayShopifyHeader adds the trace's header to a message that has none. plain takes
// it away again.
func xrayShopifyHeader(seg *xray.Segment, m *sarama.ProducerMessage) (added bool, plain func()) {
	before := m.Headers
	if seg == nil {
		return false, func() {}
	}
	for _, h := range before {
		if string(h.Key) == xray.TraceIDHeaderKey {
			return false, func() {}
		}
	}
	m.Headers = append(before[:len(before):len(before)], sarama.RecordHeader{
		Key: []byte(xray.TraceIDHeaderKey), Value: []byte(seg.DownstreamHeader().String()),
	})
	return true, func() { m.Headers = before }
}

// xrayShopifyRefused reports whether a message was not accepted in a form that it
// may have because of its header.
func xrayShopifyRefused(err error) bool {
	var refused sarama.ConfigurationError
	return errors.As(err, &refused) || errors.Is(err, sarama.ErrMessageSizeTooLarge)
}

// xrayWorkShopify is xrayWork for a message: its segment continues the trace whose header
// came with it. A nil message, of a closed channel, has none.
func xrayWorkShopify(ctx context.Context, name string, m *sarama.ConsumerMessage) (context.Context, func()) {
	trace := ""
	if m != nil {
		for _, h := range m.Headers {
			if h != nil && strings.EqualFold(string(h.Key), xray.TraceIDHeaderKey) {
				trace = string(h.Value)
			}
		}
	}
	return xrayWorkFrom(ctx, name, trace)
}
