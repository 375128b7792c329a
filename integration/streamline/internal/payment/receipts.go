package payment

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Receipts files the documents of payments in S3.
type Receipts struct {
	client *s3.Client
	bucket string
}

// NewReceipts returns a file of receipts in the given bucket.
func NewReceipts(client *s3.Client, bucket string) *Receipts {
	return &Receipts{client: client, bucket: bucket}
}

// File stores the receipt of a payment and returns its key.
func (r *Receipts) File(ctx context.Context, e Entry) (string, error) {
	key := fmt.Sprintf("receipts/%06d.txt", e.OrderID)
	text := fmt.Sprintf("Order %d\nPaid %d.%02d EUR\nAuthorization %s\n",
		e.OrderID, e.AmountCents/100, e.AmountCents%100, e.Authorization)
	_, err := r.client.PutObject(context.Background(), &s3.PutObjectInput{
		Bucket:      aws.String(r.bucket),
		Key:         aws.String(key),
		ContentType: aws.String("text/plain"),
		Body:        strings.NewReader(text),
	})
	if err != nil {
		return "", fmt.Errorf("filing a receipt: %w", err)
	}
	return key, nil
}
