// Package notify announces orders on a queue.
package notify

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"example.com/orders/internal/store"
)

// Notifier sends to one queue.
type Notifier struct {
	client *sqs.Client
	queue  string
}

// New returns a notifier for the queue at a URL.
func New(c *sqs.Client, queue string) *Notifier { return &Notifier{c, queue} }

// Placed announces an order.
func (n *Notifier) Placed(ctx context.Context, o store.Order) error {
	body, err := json.Marshal(o)
	if err != nil {
		return err
	}
	_, err = n.client.SendMessage(context.TODO(), &sqs.SendMessageInput{QueueUrl: &n.queue, MessageBody: aws.String(string(body))})
	return err
}
