package xray

import (
	"context"

	"github.com/aws/aws-sdk-go/service/sqs"
)

// xrayWorkOldSQS is xrayWork for a message: its segment continues the trace whose header
// came with it. A nil message, of a closed channel, has none.
func xrayWorkOldSQS(ctx context.Context, name string, m *sqs.Message) (context.Context, func()) {
	trace := ""
	if m != nil && m.Attributes["AWSTraceHeader"] != nil {
		trace = *m.Attributes["AWSTraceHeader"]
	}
	return xrayWorkFrom(ctx, name, trace)
}
