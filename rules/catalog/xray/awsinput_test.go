package xray

import (
	"context"
	"testing"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

// Services share the names of operations: what looks like another input stays as it is.
func TestInputOfOtherServices(t *testing.T) {
	type PutEventsInput struct{ ApplicationId *string }
	type ReceiveMessageInput struct{ Channel string }
	type GetItemInput struct{ TableName *string }
	ctx, whole := xray.BeginSegment(context.Background(), "test")
	defer whole.Close(nil)
	_, seg := xray.BeginSubsegment(ctx, "aws")
	seg.Namespace = "aws"
	for _, in := range []any{nil, 1, (*PutEventsInput)(nil), &PutEventsInput{}, &ReceiveMessageInput{}, &GetItemInput{}} {
		if got := xrayInput(seg, in); got != in {
			t.Errorf("%T: got %v", in, got)
		}
	}
}
