package dispatch

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/s3"
)

// Archive keeps copies of messages in S3.
type Archive struct {
	svc    *s3.S3
	bucket string
}

// NewArchive returns an archive in the given bucket. An empty endpoint means that of AWS.
func NewArchive(endpoint, bucket string) (*Archive, error) {
	sess, err := session.NewSession(aws.NewConfig().WithEndpoint(endpoint).WithS3ForcePathStyle(true))
	if err != nil {
		return nil, fmt.Errorf("opening the archive: %w", err)
	}
	return &Archive{svc: s3.New(sess), bucket: bucket}, nil
}

// Keep stores the text of a message.
func (a *Archive) Keep(ctx context.Context, orderID int64, text string) error {
	_, err := a.svc.PutObject(&s3.PutObjectInput{
		Bucket: aws.String(a.bucket),
		Key:    aws.String(fmt.Sprintf("mail/%06d.txt", orderID)),
		Body:   strings.NewReader(text),
	})
	if err != nil {
		return fmt.Errorf("keeping the mail of order %d: %w", orderID, err)
	}
	return nil
}
