package plain

//idiom:library github.com/guregu/dynamo
//idiom:traces an operation of a client made with a traced session -> subsegment DynamoDB
//idiom:untraced iterators

import (
	"context"

	"github.com/guregu/dynamo"
)

// DynamoRun finds an operation of guregu/dynamo (v1) without a context: Run, Count
// and their kind, for every builder of requests. It ends with the context.
//
//idiom:kind aws-call
//idiom:family github.com/guregu/dynamo
func DynamoRun(ctx context.Context, p *dynamo.Put) error {
	return p.Run()
}

// DynamoInto finds an operation of guregu/dynamo (v1) without a context that fills a
// value: One, All, OldValue and their kind, for every builder of requests. It ends
// with the context.
//
//idiom:kind aws-call
//idiom:family github.com/guregu/dynamo
func DynamoInto(ctx context.Context, q *dynamo.Query, out any) error {
	return q.One(out)
}
