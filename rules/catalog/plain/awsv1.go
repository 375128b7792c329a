package plain

import (
	"context"
	"io"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/request"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/dynamodb"
	"github.com/aws/aws-sdk-go/service/s3"
	"github.com/aws/aws-sdk-go/service/s3/s3manager"
)

//idiom:library github.com/aws/aws-sdk-go
//idiom:traces a call of any service by a client whose session is traced -> subsegment named after the service, with operation, region and request id; attempts below it
//idiom:traces a message of SQS that is received, where something that is done with it is traced -> segment of its own, in the trace of the one who sent it ([background work](background.md#messages)); a client of a traced session asks for the header that messages come with, unless the session is from `session.New`
//idiom:traces a message that is sent by SQS or SNS, or an event by EventBridge -> part of the call, whose header goes with the request; `TraceHeader` of an event stays as it is
//idiom:untraced a call without a context in reach; clients that are made without a session; calls of the client of EC2's metadata that the program itself gives no context

// AWSSession finds session.NewSession (SDK v1), also inside session.Must. Every
// call of every client made from the session that is given a context with a
// segment is a subsegment named after the service.
//
//idiom:kind aws-config
//idiom:guard untraced-aws
func AWSSession(cfgs ...*aws.Config) (*session.Session, error) {
	return session.NewSession(cfgs...)
}

// AWSSessionOptions finds session.NewSessionWithOptions (SDK v1), also inside
// session.Must, and promises what AWSSession does.
//
//idiom:kind aws-config
//idiom:guard untraced-aws
func AWSSessionOptions(o session.Options) (*session.Session, error) {
	return session.NewSessionWithOptions(o)
}

// AWSSessionNew finds the deprecated session.New (SDK v1) and promises what
// AWSSession does.
//
//idiom:kind aws-config
//idiom:guard untraced-aws
func AWSSessionNew(cfgs ...*aws.Config) *session.Session {
	return session.New(cfgs...)
}

// AWSCallV1 finds an operation or waiter without a context (SDK v1), for every
// operation of every service package. It ends with the context.
//
//idiom:kind aws-call
//idiom:family github.com/aws/aws-sdk-go/service/
//idiom:guard mocked-interface
func AWSCallV1(ctx context.Context, c *dynamodb.DynamoDB, in *dynamodb.GetItemInput) (*dynamodb.GetItemOutput, error) {
	return c.GetItem(in)
}

// AWSPagesV1 finds a paged operation without a context (SDK v1), for every one of
// every service package. It ends with the context; each page is a call.
//
//idiom:kind aws-call
//idiom:family github.com/aws/aws-sdk-go/service/
//idiom:guard mocked-interface
func AWSPagesV1(ctx context.Context, c *dynamodb.DynamoDB, in *dynamodb.QueryInput, fn func(*dynamodb.QueryOutput, bool) bool) error {
	return c.QueryPages(in, fn)
}

// AWSSendV1 finds a request object that is sent (SDK v1). It ends with the
// context; one that it was given before stays.
//
//idiom:kind aws-call
//idiom:guard own-context
func AWSSendV1(ctx context.Context, r *request.Request) error {
	return r.Send()
}

// S3UploadV1 finds an upload by the transfer manager (SDK v1). It ends with the
// context; each part is a call.
//
//idiom:kind aws-call
func S3UploadV1(ctx context.Context, u *s3manager.Uploader, in *s3manager.UploadInput, opts ...func(*s3manager.Uploader)) (*s3manager.UploadOutput, error) {
	return u.Upload(in, opts...)
}

// S3DownloadV1 finds a download by the transfer manager (SDK v1). It ends with
// the context; each part is a call.
//
//idiom:kind aws-call
func S3DownloadV1(ctx context.Context, d *s3manager.Downloader, w io.WriterAt, in *s3.GetObjectInput, opts ...func(*s3manager.Downloader)) (int64, error) {
	return d.Download(w, in, opts...)
}
