package plain

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

//idiom:library github.com/aws/aws-sdk-go-v2
//idiom:traces a call of any service by a client whose configuration or options are traced -> subsegment named after the service, with operation, region and request id
//idiom:traces the table, bucket, queue, topic, function, secret or stream that a call names -> annotation `table_name`, `bucket_name`, `queue_name`, `topic_name`, `function_name`, `secret_name` or `stream_name`
//idiom:traces a message of SQS that is received, where something that is done with it is traced -> segment of its own, in the trace of the one who sent it ([background work](background.md#messages)); a traced client asks for the header that messages come with
//idiom:traces a message that is sent by SQS or SNS -> part of the call, whose header SQS keeps with the message, and SNS passes on where its topic has active tracing; an event of EventBridge gets the header as its `TraceHeader`, unless it has one
//idiom:traces an operation of guregu/dynamo v2, by a client that is made with a traced configuration -> subsegment DynamoDB, with its table
//idiom:untraced a call whose context has no segment; messages that are received by a client which was instrumented by hand, unless their header is asked for

// AWSConfig finds config.LoadDefaultConfig (SDK v2), wherever it stands. Every
// call of every client made from the configuration that is given a context with a
// segment is a subsegment named after the service, retries included. It is annotated
// with the name of the table, bucket, queue, topic, function, secret or stream that
// the call's input names.
//
//idiom:kind aws-config
//idiom:guard untraced-aws
func AWSConfig(ctx context.Context, opts ...func(*config.LoadOptions) error) (aws.Config, error) {
	return config.LoadDefaultConfig(ctx, opts...)
}

// AWSOptions finds a client made from options instead of a configuration (SDK
// v2), for every service package, and promises what AWSConfig does.
//
//idiom:kind aws-config
//idiom:family github.com/aws/aws-sdk-go-v2/service/
//idiom:guard untraced-aws fresh-options
func AWSOptions(o s3.Options, opts ...func(*s3.Options)) *s3.Client {
	return s3.New(o, opts...)
}

// AWSCall finds an operation (SDK v2) that is given a root context where the
// request's is in reach, for every operation of every service package. It ends with
// the context.
//
//idiom:kind aws-call
//idiom:family github.com/aws/aws-sdk-go-v2/service/
func AWSCall(ctx context.Context, c *dynamodb.Client, in *dynamodb.GetItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return c.GetItem(context.TODO(), in, opts...)
}
