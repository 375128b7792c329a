package plain

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
)

//idiom:library github.com/awslabs/aws-lambda-go-api-proxy
//idiom:traces a request that a router gets by an adapter of any framework -> the subsegment of the handler that is started, which the request's context carries
//idiom:untraced status and route of the request, which AWS Lambda's own front records

// LambdaProxy finds Proxy of an adapter, which hands a request from API Gateway or a
// load balancer to a router and drops the invocation's context, for the adapters of
// all frameworks. The request gets that context, so that calls in its routes are
// recorded, and end with the invocation. No segment is begun.
//
//idiom:kind lambda
//idiom:family github.com/awslabs/aws-lambda-go-api-proxy/ Proxy
func LambdaProxy(ctx context.Context, a *httpadapter.HandlerAdapter, e events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	return a.Proxy(e)
}
