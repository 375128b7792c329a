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
	return s, nil
}

// xraySend is r.Send with a context, unless r was given one before.
func xraySend(ctx context.Context, r *request.Request) error {
	if r.Context() == context.Background() {
		r.SetContext(ctx)
	}
	return r.Send()
}
