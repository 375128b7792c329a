package plain

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

//idiom:library github.com/aws/aws-lambda-go
//idiom:traces an invocation of a handler of any signature -> subsegment of the function's segment, named after the handler's function, with the error or panic it ends with
//idiom:traces a record of an SQS, SNS or Kinesis event, where something that is done with it is traced -> subsegment named after the queue, topic or stream; none for a message that its sender did not sample
//idiom:untraced what AWS Lambda records itself: start-up, and the function's own segment; handlers that are function literals without a context keep it from the calls in them

// LambdaStart finds lambda.Start, with a handler of any signature that it allows.
// AWS Lambda begins the segment of each invocation itself; below it, the handler
// gets a subsegment named after its function, or after the service. Payload,
// response and error stay as they are. A handler without a context gets one where
// calls in it need one, see docs/threading.md.
//
//idiom:kind lambda
//idiom:guard made-handler
func LambdaStart(handler string, h any) {
	lambda.Start(h)
}

// LambdaStartOptions finds lambda.StartWithOptions and promises what LambdaStart
// does.
//
//idiom:kind lambda
//idiom:guard made-handler
func LambdaStartOptions(handler string, h any, opts ...lambda.Option) {
	lambda.StartWithOptions(h, opts...)
}

// LambdaStartContext finds the deprecated lambda.StartWithContext and promises what
// LambdaStart does.
//
//idiom:kind lambda
//idiom:guard made-handler
func LambdaStartContext(handler string, with context.Context, h any) {
	lambda.StartWithContext(with, h)
}

// LambdaStartFunc finds lambda.StartHandlerFunc and promises what LambdaStart does.
//
//idiom:kind lambda
//idiom:guard made-handler
func LambdaStartFunc(handler string, h func(context.Context, any) (any, error), opts ...lambda.Option) {
	lambda.StartHandlerFunc(h, opts...)
}

// LambdaStartHandler finds the deprecated lambda.StartHandler and promises what
// LambdaStart does.
//
//idiom:kind lambda
//idiom:guard made-handler
func LambdaStartHandler(handler string, h lambda.Handler) {
	lambda.StartHandler(h)
}

// LambdaStartHandlerContext finds the deprecated lambda.StartHandlerWithContext and
// promises what LambdaStart does.
//
//idiom:kind lambda
//idiom:guard made-handler
func LambdaStartHandlerContext(handler string, with context.Context, h lambda.Handler) {
	lambda.StartHandlerWithContext(with, h)
}

// LambdaHandler finds lambda.NewHandler, which makes a handler to be started
// elsewhere, and promises what LambdaStart does.
//
//idiom:kind lambda
//idiom:guard made-handler
func LambdaHandler(handler string, h any) lambda.Handler {
	return lambda.NewHandler(h)
}

// LambdaHandlerOptions finds lambda.NewHandlerWithOptions and promises what
// LambdaStart does.
//
//idiom:kind lambda
//idiom:guard made-handler
func LambdaHandlerOptions(handler string, h any, opts ...lambda.Option) lambda.Handler {
	return lambda.NewHandlerWithOptions(h, opts...)
}
