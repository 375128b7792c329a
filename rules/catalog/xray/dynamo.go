package xray

import (
	"context"

	"github.com/guregu/dynamo"
)

func DynamoRun(ctx context.Context, p *dynamo.Put) error {
	return p.RunWithContext(ctx)
}

func DynamoInto(ctx context.Context, q *dynamo.Query, out any) error {
	return q.OneWithContext(ctx, out)
}
