package xray

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
)

func LambdaProxy(ctx context.Context, a *httpadapter.HandlerAdapter, e events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	return a.ProxyWithContext(ctx, e)
}
