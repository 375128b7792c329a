package xray

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-xray-sdk-go/v2/xray"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
)

func message(trace string) events.SQSMessage {
	m := events.SQSMessage{EventSourceARN: "arn:aws:sqs:eu-west-1:123456789012:orders"}
	if trace != "" {
		m.Attributes = map[string]string{"AWSTraceHeader": trace}
	}
	return m
}

// A record has one subsegment, named after what it comes from; a message that its
// sender did not sample has none.
func TestRecords(t *testing.T) {
	ctx, closed := sent.Begin(t)
	for _, begin := range []func() (context.Context, func()){
		func() (context.Context, func()) { return xrayWorkSQSRecord(ctx, "app-put", message("")) },
		func() (context.Context, func()) {
			return xrayWorkSQSRecord(ctx, "app-put", message("Root=1-57ff426a-80c11c39b0c928905eb0828d;Sampled=1"))
		},
		func() (context.Context, func()) {
			return xrayWorkSQSRecord(ctx, "app-put", message("Root=1-57ff426a-80c11c39b0c928905eb0828d;Sampled=0"))
		},
		func() (context.Context, func()) {
			return xrayWorkSNSRecord(ctx, "app-put", events.SNSEventRecord{SNS: events.SNSEntity{TopicArn: "arn:aws:sns:eu-west-1:123456789012:bills"}})
		},
		func() (context.Context, func()) {
			return xrayWorkKinesisRecord(ctx, "app-put", events.KinesisEventRecord{EventSourceArn: "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks"})
		},
		func() (context.Context, func()) {
			return xrayWorkKinesisRecord(ctx, "app-put", events.KinesisEventRecord{})
		},
	} {
		below, end := begin()
		call(below, "insert")
		end()
	}
	s := closed()
	var got []string
	for _, sub := range s.Subsegments {
		got = append(got, sub.Name)
		if len(sub.Subsegments) != 1 {
			t.Error(daemon.Format([]daemon.Segment{s}))
		}
	}
	slices.Sort(got) // the SDK's order is not that in which they begin
	if want := []string{"app-put", "bills", "clicks", "orders", "orders"}; !slices.Equal(got, want) {
		t.Errorf("recorded %q, want %q", got, want)
	}
}

// In AWS Lambda records are parts of the invocation; without one, as in a test,
// nothing begins.
func TestRecordsInLambda(t *testing.T) {
	trace := "1-57ff426a-80c11c39b0c928905eb08290"
	t.Setenv("LAMBDA_TASK_ROOT", "/var/task")
	ctx := context.WithValue(context.Background(), xray.LambdaTraceHeaderKey, "Root="+trace+";Parent=53995c3f42cd8ad8;Sampled=1")
	below, end := xrayWorkSQSRecord(ctx, "app-put", message(""))
	call(below, "insert")
	end()
	s := sent.Of(t, trace, 1)[0]
	if s.Name != "orders" || s.Type != "subsegment" || s.Parent != "53995c3f42cd8ad8" || len(s.Subsegments) != 1 {
		t.Error(daemon.Format([]daemon.Segment{s}))
	}

	// The handler's own subsegment arrives also where it has one that is not sampled.
	trace = "1-57ff426a-80c11c39b0c928905eb08291"
	ctx = context.WithValue(context.Background(), xray.LambdaTraceHeaderKey, "Root="+trace+";Parent=53995c3f42cd8ad8;Sampled=1")
	ctx, handler := xray.BeginSubsegment(ctx, "handler")
	for _, sampled := range []string{"0", "1"} {
		below, end := xrayWorkSQSRecord(ctx, "app-put", message("Root=1-57ff426a-80c11c39b0c928905eb0828d;Sampled="+sampled))
		call(below, "insert")
		end()
	}
	handler.Close(nil)
	if s := sent.Of(t, trace, 1)[0]; s.Name != "handler" || len(s.Subsegments) != 1 || len(s.Below()) != 2 {
		t.Error(daemon.Format([]daemon.Segment{s}))
	}

	base := context.Background()
	if ctx, end := xrayWorkSQSRecord(base, "app-put", message("Root=1-57ff426a-80c11c39b0c928905eb0828d;Sampled=0")); ctx != base {
		t.Error("something began")
	} else {
		end()
	}
}

func TestRecordRecordsAPanic(t *testing.T) {
	ctx, closed := sent.Begin(t)
	cause := errors.New("no more")
	func() {
		defer func() {
			if r := recover(); r != error(cause) {
				t.Errorf("the panic is %v", r)
			}
		}()
		_, end := xrayWorkSQSRecord(ctx, "app-put", message(""))
		defer end()
		panic(cause)
	}()
	if s := closed(); len(s.Subsegments) != 1 || !s.Subsegments[0].Fault {
		t.Error(daemon.Format([]daemon.Segment{s}))
	}
}
