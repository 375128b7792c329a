package xray

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	xlambda "github.com/aws/aws-xray-sdk-go/v2/lambda"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

// xrayWorkSQSRecord begins a subsegment for a message of an event of AWS Lambda. It is
// sampled as the message's own trace is, where that is known.
func xrayWorkSQSRecord(ctx context.Context, name string, m events.SQSMessage) (context.Context, func()) {
	trace := m.Attributes["AWSTraceHeader"]
	return xrayEventRecord(ctx, name, m.EventSourceARN, !strings.Contains(trace, "Sampled=") || xlambda.IsSampled(m))
}

// xrayWorkSNSRecord begins a subsegment for a notification of an event of AWS Lambda.
func xrayWorkSNSRecord(ctx context.Context, name string, r events.SNSEventRecord) (context.Context, func()) {
	return xrayEventRecord(ctx, name, r.SNS.TopicArn, true)
}

// xrayWorkKinesisRecord begins a subsegment for a record of an event of AWS Lambda.
func xrayWorkKinesisRecord(ctx context.Context, name string, r events.KinesisEventRecord) (context.Context, func()) {
	return xrayEventRecord(ctx, name, r.EventSourceArn, true)
}

// xrayEventRecord begins a subsegment for a record, named after the queue, topic or stream
// that it comes from, and returns its context and what ends it. Without a segment
// nothing begins. What ends it records a panic as a fault, where it is deferred, and
// passes it on.
func xrayEventRecord(ctx context.Context, name, source string, sampled bool) (context.Context, func()) {
	if xray.SdkDisabled() || !xrayOngoing(ctx) {
		return ctx, func() {}
	}
	if from := source[strings.LastIndexAny(source, ":/")+1:]; from != "" {
		name = from
	}
	begin := xray.BeginSubsegment
	if !sampled {
		begin = xray.BeginSubsegmentWithoutSampling
	}
	below, seg := begin(ctx, name)
	if !sampled { // the SDK never ends it, and what is around it would wait for that
		parent := xray.GetSegment(ctx)
		if parent == nil { // of AWS Lambda
			parent = seg.ParentSegment
		}
		parent.RemoveSubsegment(seg)
	}
	return below, func() {
		r := recover()
		if r == nil {
			seg.Close(nil)
			return
		}
		seg.Close(fmt.Errorf("panic: %v", r))
		panic(r)
	}
}
