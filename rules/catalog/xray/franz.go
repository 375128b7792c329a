package xray

import (
	"context"
	"strings"
	"sync"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/twmb/franz-go/pkg/kgo"
)

func FranzClient(opts ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append(opts, xrayFranz())...)
}

// xrayFranz has the records that a client produces traced.
func xrayFranz() kgo.Opt {
	records := &xrayRecords{}
	var _ kgo.HookProduceRecordBuffered = records
	var _ kgo.HookProduceRecordUnbuffered = records
	return kgo.WithHooks(records)
}

// xrayRecords are the records that a client is producing, each with its subsegment
// and the trace's header.
type xrayRecords struct{ sent sync.Map } // *kgo.Record to xrayRecord

// xrayRecord is what a record's subsegment is, and its headers were.
type xrayRecord struct {
	seg    *xray.Segment
	before []kgo.RecordHeader
}

func (x *xrayRecords) OnProduceRecordBuffered(r *kgo.Record) {
	for _, h := range r.Headers {
		if h.Key == xray.TraceIDHeaderKey {
			return
		}
	}
	_, seg := xrayKafka(r.Context, r.Topic)
	if seg == nil {
		return
	}
	x.sent.Store(r, xrayRecord{seg, r.Headers})
	r.Headers = append(r.Headers[:len(r.Headers):len(r.Headers)], kgo.RecordHeader{
		Key: xray.TraceIDHeaderKey, Value: []byte(seg.DownstreamHeader().String()),
	})
}

func (x *xrayRecords) OnProduceRecordUnbuffered(r *kgo.Record, err error) {
	if v, ok := x.sent.LoadAndDelete(r); ok {
		record := v.(xrayRecord)
		r.Headers = record.before
		xrayEnd(record.seg, err)
	}
}

// xrayWorkFranz is xrayWork for a record: its segment continues the trace whose header
// came with it.
func xrayWorkFranz(ctx context.Context, name string, r *kgo.Record) (context.Context, func()) {
	trace := ""
	if r != nil {
		for _, h := range r.Headers {
			if strings.EqualFold(h.Key, xray.TraceIDHeaderKey) {
				trace = string(h.Value)
			}
		}
	}
	return xrayWorkFrom(ctx, name, trace)
}
