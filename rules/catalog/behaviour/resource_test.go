package behaviour

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

// Calls say which resource they are about, without what stands in front of its name.
// Only the inputs' fields count; those of services that are not required here are as
// their packages have them.
func TestAWSResources(t *testing.T) {
	sealed(t)
	type sqsInput struct{ QueueUrl, MessageBody *string }
	type snsInput struct{ TopicArn, Message *string }
	type lambdaInput struct {
		FunctionName *string
		Payload      []byte
	}
	type secretInput struct{ SecretId *string }
	type kinesisInput struct{ StreamName, StreamARN *string }
	type tableInput struct{ TableName *string }
	for _, test := range []struct {
		input     any
		key, name string
	}{
		{&sqsInput{QueueUrl: aws.String("https://sqs.eu-west-1.amazonaws.com/1234/orders.fifo")}, "queue_name", "orders.fifo"},
		{&snsInput{TopicArn: aws.String("arn:aws:sns:eu-west-1:1234:orders")}, "topic_name", "orders"},
		{&lambdaInput{FunctionName: aws.String("resize")}, "function_name", "resize"},
		{&lambdaInput{FunctionName: aws.String("arn:aws:lambda:eu-west-1:1234:function:resize:live")}, "function_name", "resize:live"},
		{&secretInput{SecretId: aws.String("arn:aws:secretsmanager:eu-west-1:1234:secret:db-AbCdEf")}, "secret_name", "db-AbCdEf"},
		{&secretInput{SecretId: aws.String("prod/db")}, "secret_name", "prod/db"},
		{&kinesisInput{StreamName: aws.String("clicks")}, "stream_name", "clicks"},
		{&tableInput{TableName: aws.String("arn:aws:dynamodb:eu-west-1:1234:table/orders")}, "table_name", "orders"},
		{&sqsInput{}, "queue_name", ""},
		{nil, "queue_name", ""},
	} {
		ctx, closed := segment(t)
		cfg, err := traced.AWSConfig(ctx, config.WithRegion("eu-west-1"))
		if err != nil {
			t.Fatal(err)
		}
		stack := middleware.NewStack("test", smithyhttp.NewStackRequest)
		for _, add := range cfg.APIOptions {
			if err := add(stack); err != nil {
				t.Fatal(err)
			}
		}
		answer := middleware.HandlerFunc(func(context.Context, any) (any, middleware.Metadata, error) {
			return nil, middleware.Metadata{}, nil
		})
		if _, _, err := middleware.DecorateHandler(answer, stack).Handle(ctx, test.input); err != nil {
			t.Fatal(err)
		}
		sub := closed().Subsegments[0]
		if got, _ := sub.Annotations[test.key].(string); got != test.name || test.name == "" && len(sub.Annotations) > 0 {
			t.Errorf("%+v: annotated %v, want %s %q", test.input, sub.Annotations, test.key, test.name)
		}
	}
}
