package xray

import (
	"context"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-xray-sdk-go/v2/instrumentation/awsv2"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/aws/smithy-go/middleware"
)

func AWSConfig(ctx context.Context, opts ...func(*config.LoadOptions) error) (aws.Config, error) {
	return config.LoadDefaultConfig(ctx, append(opts, xrayConfig)...)
}

func AWSOptions(o s3.Options, opts ...func(*s3.Options)) *s3.Client {
	return s3.New(o, append(opts, func(o *s3.Options) { xrayAWS(&o.APIOptions) })...)
}

func AWSCall(ctx context.Context, c *dynamodb.Client, in *dynamodb.GetItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return c.GetItem(ctx, in, opts...)
}

// xrayConfig has the calls of every client made from a configuration traced.
func xrayConfig(o *config.LoadOptions) error {
	xrayAWS(&o.APIOptions)
	return nil
}

// xrayAWS has calls traced, and annotated with the resource that they are about, and
// the traces of messages and events go on.
func xrayAWS(options *[]func(*middleware.Stack) error) {
	awsv2.AWSV2Instrumentor(options)
	*options = append(*options, func(stack *middleware.Stack) error {
		const id = "XRayResource"
		if _, ok := stack.Initialize.Get(id); ok {
			return nil
		}
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc(id, func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			xrayResource(ctx, in.Parameters)
			in.Parameters = xrayInput(xray.GetSegment(ctx), in.Parameters)
			return next.HandleInitialize(ctx, in)
		}), middleware.After)
	})
}

// xrayResource annotates the subsegment of an AWS call with the name of the
// resource that its input names: the SDK records the operation alone.
func xrayResource(ctx context.Context, input any) {
	seg := xray.GetSegment(ctx)
	v := reflect.Indirect(reflect.ValueOf(input))
	if seg == nil || seg.Namespace != "aws" || v.Kind() != reflect.Struct {
		return
	}
	for _, r := range []struct{ field, key, before string }{
		{"TableName", "table_name", "/"},
		{"Bucket", "bucket_name", ""},
		{"QueueUrl", "queue_name", "/"},
		{"TopicArn", "topic_name", ":"},
		{"FunctionName", "function_name", ":function:"},
		{"SecretId", "secret_name", ":secret:"},
		{"StreamName", "stream_name", ""},
	} {
		f := v.FieldByName(r.field)
		name, ok := "", f.IsValid()
		if ok && f.Kind() == reflect.Pointer && !f.IsNil() {
			f = f.Elem()
		}
		if ok && f.Kind() == reflect.String {
			name = f.String()
		}
		if i := strings.LastIndex(name, r.before); r.before != "" && i >= 0 {
			name = name[i+len(r.before):]
		}
		if name != "" {
			_ = seg.AddAnnotation(r.key, name)
		}
	}
}
