package xray

import (
	"context"
	"reflect"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

func LambdaStart(handler string, h any) {
	lambda.Start(xrayLambda(handler, h))
}

func LambdaStartOptions(handler string, h any, opts ...lambda.Option) {
	lambda.StartWithOptions(xrayLambda(handler, h), opts...)
}

func LambdaStartContext(handler string, with context.Context, h any) {
	lambda.StartWithContext(with, xrayLambda(handler, h))
}

func LambdaStartFunc(handler string, h func(context.Context, any) (any, error), opts ...lambda.Option) {
	lambda.StartHandlerFunc(xrayLambdaFunc(handler, h), opts...)
}

func LambdaStartHandler(handler string, h lambda.Handler) {
	lambda.StartHandler(xrayLambdaHandler(handler, h))
}

func LambdaStartHandlerContext(handler string, with context.Context, h lambda.Handler) {
	lambda.StartHandlerWithContext(with, xrayLambdaHandler(handler, h))
}

func LambdaHandler(handler string, h any) lambda.Handler {
	return lambda.NewHandler(xrayLambda(handler, h))
}

func LambdaHandlerOptions(handler string, h any, opts ...lambda.Option) lambda.Handler {
	return lambda.NewHandlerWithOptions(xrayLambda(handler, h), opts...)
}

// xrayLambda returns a handler of AWS Lambda whose invocations are subsegments of
// that name. A function keeps its signature, but for a context in front where it
// takes none, so that payloads, responses and errors pass as before; what is no
// handler is returned as it is, for AWS Lambda to refuse.
func xrayLambda(name string, handler any) any {
	if h, ok := handler.(lambda.Handler); ok {
		return xrayLambdaHandler(name, h)
	}
	f := reflect.ValueOf(handler)
	if f.Kind() != reflect.Func || f.IsNil() || f.Type().IsVariadic() || f.Type().NumIn() > 2 {
		return handler
	}
	contextType := reflect.TypeOf((*context.Context)(nil)).Elem()
	t, in, out := f.Type(), []reflect.Type{}, []reflect.Type{}
	for i := 0; i < t.NumIn(); i++ {
		in = append(in, t.In(i))
	}
	for i := 0; i < t.NumOut(); i++ {
		out = append(out, t.Out(i))
	}
	takes := len(in) > 0 && in[0] == contextType
	if !takes {
		if len(in) == 2 || len(in) == 1 && in[0].Kind() == reflect.Interface && in[0].NumMethod() > 0 {
			return handler
		}
		in = append([]reflect.Type{contextType}, in...)
	}
	call := func(args []reflect.Value) (results []reflect.Value) {
		ctx, _ := args[0].Interface().(context.Context)
		end := xrayInvocation(&ctx, name)
		defer func() {
			var err error
			if n := len(results); n > 0 {
				err, _ = results[n-1].Interface().(error)
			}
			end(err, results != nil)
		}()
		if takes {
			args[0] = reflect.ValueOf(ctx)
		} else {
			args = args[1:]
		}
		if results = f.Call(args); results == nil {
			results = []reflect.Value{}
		}
		return results
	}
	return reflect.MakeFunc(reflect.FuncOf(in, out, false), call).Interface()
}

// xrayLambdaFunc is xrayLambda for a function of the full signature.
func xrayLambdaFunc[In, Out any](name string, handler func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	if handler == nil {
		return nil
	}
	return func(ctx context.Context, in In) (out Out, err error) {
		end, done := xrayInvocation(&ctx, name), false
		defer func() { end(err, done) }()
		out, err = handler(ctx, in)
		done = true
		return out, err
	}
}

// xrayLambdaHandler is xrayLambda for a handler that decodes payloads itself. One
// that AWS Lambda's library has made of a function is traced where that is done.
func xrayLambdaHandler(name string, handler lambda.Handler) lambda.Handler {
	t := reflect.TypeOf(handler)
	if t == nil {
		return handler
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.PkgPath() == reflect.TypeOf((*lambda.Handler)(nil)).Elem().PkgPath() {
		return handler
	}
	return xrayLambdaInvoke(xrayLambdaFunc(name, handler.Invoke))
}

// xrayLambdaInvoke is a function as a handler.
type xrayLambdaInvoke func(context.Context, []byte) ([]byte, error)

// Invoke is the method of lambda.Handler.
func (f xrayLambdaInvoke) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	return f(ctx, payload)
}

// xrayInvocation begins the subsegment of an invocation and puts it into the
// context, and returns what ends it. Outside of AWS Lambda, as in a test, there is
// none.
func xrayInvocation(ctx *context.Context, name string) (end func(err error, done bool)) {
	if *ctx == nil || xray.SdkDisabled() {
		return func(error, bool) {}
	}
	if _, ok := (*ctx).Value(xray.LambdaTraceHeaderKey).(string); !ok || xray.GetSegment(*ctx) != nil {
		return func(error, bool) {}
	}
	below, seg := xray.BeginSubsegment(*ctx, name)
	*ctx = below
	return func(err error, done bool) {
		if !done {
			seg.Lock()
			seg.Fault = true
			seg.Unlock()
		}
		seg.Close(err)
	}
}
