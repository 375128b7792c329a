// Package dispatch writes to customers: it renders a message, keeps a copy of it and
// puts it on the queue from which the mail servers read.
package dispatch

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/sqs"
)

// Queue is the SQS queue of outgoing mail.
type Queue struct {
	svc *sqs.SQS
	url *string
}

// NewQueue finds a queue by its name. An empty endpoint means that of AWS.
func NewQueue(endpoint, name string) (*Queue, error) {
	sess := session.Must(session.NewSession(&aws.Config{Endpoint: aws.String(endpoint)}))
	svc := sqs.New(sess)
	out, err := svc.GetQueueUrl(&sqs.GetQueueUrlInput{QueueName: aws.String(name)})
	if err != nil {
		return nil, fmt.Errorf("finding queue %s: %w", name, err)
	}
	return &Queue{svc: svc, url: out.QueueUrl}, nil
}

// Send puts a message on the queue and returns its number.
func (q *Queue) Send(ctx context.Context, text string) (string, error) {
	in := &sqs.SendMessageInput{
		QueueUrl:    q.url,
		MessageBody: aws.String(text),
	}
	out, err := q.svc.SendMessage(in)
	if err != nil {
		return "", fmt.Errorf("queueing a message: %w", err)
	}
	return aws.StringValue(out.MessageId), nil
}
