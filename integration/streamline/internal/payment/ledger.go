// Package payment charges cards, files receipts and hands paid orders over for shipment.
package payment

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Ledger keeps one entry for each payment in DynamoDB.
type Ledger struct {
	client *dynamodb.Client
	table  string
}

// NewLedger returns a ledger on top of a table that it creates when it is missing.
func NewLedger(client *dynamodb.Client, table string) (*Ledger, error) {
	l := &Ledger{client: client, table: table}
	return l, l.ensureTable()
}

func (l *Ledger) ensureTable() error {
	_, err := l.client.DescribeTable(context.Background(), &dynamodb.DescribeTableInput{TableName: &l.table})
	var missing *types.ResourceNotFoundException
	if !errors.As(err, &missing) {
		return err
	}
	_, err = l.client.CreateTable(context.Background(), &dynamodb.CreateTableInput{
		TableName:   &l.table,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("order_id"), AttributeType: types.ScalarAttributeTypeN},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("order_id"), KeyType: types.KeyTypeHash},
		},
	})
	return err
}

// Entry is one payment.
type Entry struct {
	OrderID       int64
	AmountCents   int64
	Authorization string
}

// Find returns the authorization of an order that was paid before, or nothing.
func (l *Ledger) Find(ctx context.Context, orderID int64) (string, error) {
	out, err := l.client.GetItem(context.TODO(), &dynamodb.GetItemInput{
		TableName:      aws.String(l.table),
		Key:            key(orderID),
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return "", fmt.Errorf("reading the ledger: %w", err)
	}
	if auth, ok := out.Item["authorization"].(*types.AttributeValueMemberS); ok {
		return auth.Value, nil
	}
	return "", nil
}

// Record writes a new entry. An order can be recorded only once.
func (l *Ledger) Record(ctx context.Context, e Entry) error {
	item := key(e.OrderID)
	item["amount_cents"] = &types.AttributeValueMemberN{Value: strconv.FormatInt(e.AmountCents, 10)}
	item["authorization"] = &types.AttributeValueMemberS{Value: e.Authorization}
	input := &dynamodb.PutItemInput{
		TableName:           aws.String(l.table),
		Item:                item,
		ConditionExpression: aws.String("attribute_not_exists(order_id)"),
	}
	if _, err := l.client.PutItem(context.TODO(), input); err != nil {
		return fmt.Errorf("writing the ledger: %w", err)
	}
	return nil
}

func key(orderID int64) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"order_id": &types.AttributeValueMemberN{Value: strconv.FormatInt(orderID, 10)},
	}
}
