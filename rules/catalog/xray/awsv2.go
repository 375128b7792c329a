package xray

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-xray-sdk-go/v2/instrumentation/awsv2"
)

func AWSConfig(ctx context.Context, opts ...func(*config.LoadOptions) error) (aws.Config, error) {
	return config.LoadDefaultConfig(ctx, append(opts, xrayConfig)...)
}

func AWSOptions(o s3.Options, opts ...func(*s3.Options)) *s3.Client {
	return s3.New(o, append(opts, func(o *s3.Options) { awsv2.AWSV2Instrumentor(&o.APIOptions) })...)
}

func AWSCall(ctx context.Context, c *dynamodb.Client, in *dynamodb.GetItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return c.GetItem(ctx, in, opts...)
}

// xrayConfig has the calls of every client made from a configuration traced.
func xrayConfig(o *config.LoadOptions) error {
	awsv2.AWSV2Instrumentor(&o.APIOptions)
	return nil
}
