package xray

import (
	"context"
	"io"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/request"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/dynamodb"
	"github.com/aws/aws-sdk-go/service/s3"
	"github.com/aws/aws-sdk-go/service/s3/s3manager"
	"github.com/aws/aws-xray-sdk-go/xray"
)

func AWSSession(cfgs ...*aws.Config) (*session.Session, error) {
	return xraySession(session.NewSession(cfgs...))
}

func AWSSessionOptions(o session.Options) (*session.Session, error) {
	return xraySession(session.NewSessionWithOptions(o))
}

func AWSSessionNew(cfgs ...*aws.Config) *session.Session {
	return xray.AWSSession(session.New(cfgs...))
}

func AWSCallV1(ctx context.Context, c *dynamodb.DynamoDB, in *dynamodb.GetItemInput) (*dynamodb.GetItemOutput, error) {
	return c.GetItemWithContext(ctx, in)
}

func AWSPagesV1(ctx context.Context, c *dynamodb.DynamoDB, in *dynamodb.QueryInput, fn func(*dynamodb.QueryOutput, bool) bool) error {
	return c.QueryPagesWithContext(ctx, in, fn)
}

func AWSSendV1(ctx context.Context, r *request.Request) error {
	return xraySend(ctx, r)
}

func S3UploadV1(ctx context.Context, u *s3manager.Uploader, in *s3manager.UploadInput, opts ...func(*s3manager.Uploader)) (*s3manager.UploadOutput, error) {
	return u.UploadWithContext(ctx, in, opts...)
}

func S3DownloadV1(ctx context.Context, d *s3manager.Downloader, w io.WriterAt, in *s3.GetObjectInput, opts ...func(*s3manager.Downloader)) (int64, error) {
	return d.DownloadWithContext(ctx, w, in, opts...)
}

// xraySession has the calls of every client made from a new session traced, and
// messages come with the header of their trace.
func xraySession(s *session.Session, err error) (*session.Session, error) {
	if err != nil {
		return s, err
	}
	s = xray.AWSSession(s)
	s.Handlers.Validate.PushFront(func(r *request.Request) { r.Params = xrayInput(nil, r.Params) })
	s.Handlers.Build.PushFront(xrayInstance)
	return s, nil
}

// xrayInstance begins the subsegments of a call of EC2's metadata, as the SDK does for
// other clients: this one clears the handler. Those that are left would end the caller's
// segment in their place.
func xrayInstance(r *request.Request) {
	if r.ClientInfo.ServiceName != "ec2metadata" {
		return
	}
	ctx, call := xray.BeginSubsegment(r.Context(), r.ClientInfo.ServiceName)
	if call == nil {
		return
	}
	call.Lock()
	call.Namespace = "aws"
	call.Unlock()
	ctx, _ = xray.BeginSubsegment(ctx, "marshal")
	r.SetContext(ctx)
	r.HTTPRequest.Header.Set(xray.TraceIDHeaderKey, call.DownstreamHeader().String())
}

// xraySend is r.Send with a context, unless r was given one before.
func xraySend(ctx context.Context, r *request.Request) error {
	if r.Context() == context.Background() {
		r.SetContext(ctx)
	}
	return r.Send()
}
