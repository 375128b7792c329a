package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

type objects struct {
	client *s3.Client
	bucket string
}

func newObjects(cfg aws.Config, endpoint, bucket string) *objects {
	return &objects{bucket: bucket, client: s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.BaseEndpoint, o.UsePathStyle = aws.String(endpoint), true
	})}
}

func (o *objects) keep(ctx context.Context, item string) (string, error) {
	if _, err := o.client.CreateBucket(context.TODO(), &s3.CreateBucketInput{Bucket: &o.bucket}); err != nil {
		return "", err
	}
	if _, err := o.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &o.bucket, Key: &item, Body: strings.NewReader("green")}); err != nil {
		return "", err
	}
	got, err := o.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &o.bucket, Key: &item})
	if err != nil {
		return "", err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		return "", err
	}
	var missing *types.NoSuchKey
	_, err = o.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &o.bucket, Key: aws.String("coffee")})
	return fmt.Sprint(string(body), errors.As(err, &missing)), nil
}

// upload sends the parts of an object by the transfer manager.
func (o *objects) upload(ctx context.Context, item string) (string, error) {
	up := manager.NewUploader(o.client, func(u *manager.Uploader) { u.Concurrency = 1 })
	_, err := up.Upload(ctx, &s3.PutObjectInput{Bucket: &o.bucket, Key: aws.String(item + "s"), Body: strings.NewReader(strings.Repeat("x", 6<<20))})
	return "sent", err
}
