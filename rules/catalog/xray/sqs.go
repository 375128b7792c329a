package xray

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// xrayWorkSQS is xrayWork for a message: its segment continues the trace whose header
// came with it.
func xrayWorkSQS(ctx context.Context, name string, m types.Message) (context.Context, func()) {
	return xrayWorkFrom(ctx, name, m.Attributes["AWSTraceHeader"])
}
