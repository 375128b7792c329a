package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// client is what the table asks of DynamoDB.
type client interface {
	CreateTable(context.Context, *dynamodb.CreateTableInput, ...func(*dynamodb.Options)) (*dynamodb.CreateTableOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
}

type table struct {
	client client
	name   string
}

type row struct {
	ID    string `dynamodbav:"id"`
	Count int    `dynamodbav:"count"`
}

func newTable(cfg aws.Config, endpoint, name string) *table {
	return &table{name: name, client: dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		o.BaseEndpoint, o.RetryMaxAttempts = aws.String(endpoint), 1
	})}
}

func (t *table) keep(ctx context.Context, item string) (string, error) {
	_, err := t.client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:            &t.name,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
		BillingMode:          types.BillingModePayPerRequest,
	})
	if err != nil {
		return "", err
	}
	values, err := attributevalue.MarshalMap(row{item, 7})
	if err != nil {
		return "", err
	}
	if _, err := t.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &t.name, Item: values}); err != nil {
		return "", err
	}
	got, err := t.client.GetItem(context.Background(), &dynamodb.GetItemInput{TableName: &t.name, Key: map[string]types.AttributeValue{"id": values["id"]}})
	if err != nil {
		return "", err
	}
	var r row
	err = attributevalue.UnmarshalMap(got.Item, &r)
	return fmt.Sprint(r), err
}
