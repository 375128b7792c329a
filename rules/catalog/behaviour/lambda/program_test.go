package lambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/aws/aws-xray-sdk-go/v2/xraylog"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

// program in the environment has the test binary start a handler: its value is the
// side, the way to start and the handler.
const program = "XRAY_LAMBDA_PROGRAM"

func TestMain(m *testing.M) {
	xray.SetLogger(xraylog.NullLogger)
	if words := strings.Fields(os.Getenv(program)); len(words) == 3 {
		side := plainSide
		if words[0] == "traced" {
			side = tracedSide
		}
		side.run(words[1], words[2])
		return
	}
	os.Exit(m.Run())
}

// dialect is one dialect's ways to start a handler.
type dialect struct {
	start          func(handler string, h any)
	options        func(handler string, h any, opts ...lambda.Option)
	context        func(handler string, with context.Context, h any)
	function       func(handler string, h func(context.Context, any) (any, error), opts ...lambda.Option)
	handler        func(handler string, h lambda.Handler)
	handlerContext func(handler string, with context.Context, h lambda.Handler)
	made           func(handler string, h any) lambda.Handler
	madeOptions    func(handler string, h any, opts ...lambda.Option) lambda.Handler
	proxy          func(ctx context.Context, a *httpadapter.HandlerAdapter, e events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error)
	serve          func(service string, h http.Handler) http.Server
}

var (
	plainSide = dialect{
		plain.LambdaStart, plain.LambdaStartOptions, plain.LambdaStartContext, plain.LambdaStartFunc,
		plain.LambdaStartHandler, plain.LambdaStartHandlerContext, plain.LambdaHandler, plain.LambdaHandlerOptions, plain.LambdaProxy, plain.ServerHandler,
	}
	tracedSide = dialect{
		traced.LambdaStart, traced.LambdaStartOptions, traced.LambdaStartContext, traced.LambdaStartFunc,
		traced.LambdaStartHandler, traced.LambdaStartHandlerContext, traced.LambdaHandler, traced.LambdaHandlerOptions, traced.LambdaProxy, traced.ServerHandler,
	}
)

func work(ctx context.Context) {
	_, seg := xray.BeginSubsegment(ctx, "work")
	seg.Close(nil)
}

// refused is an error with a type of its own, whose name AWS Lambda reports.
type refused struct{ Why string }

func (e *refused) Error() string { return "refused: " + e.Why }

// order is an event and an answer.
type order struct {
	ID   string `json:"id"`
	Note any    `json:"note,omitempty"`
}

// invoked decodes payloads itself.
type invoked struct{}

func (invoked) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	work(ctx)
	if strings.Contains(string(payload), "bad") {
		return nil, &refused{"invoked"}
	}
	return []byte(fmt.Sprintf("%q", payload)), nil
}

// handlers are one of each signature, and of what else a handler can be.
var handlers = map[string]any{
	"none":      func() {},
	"in":        func(o order) {},
	"error":     func() error { return &refused{"always"} },
	"inError":   func(o order) error { return o.check() },
	"out":       func() (order, error) { return order{ID: "<out>"}, nil },
	"inOut":     func(o order) (order, error) { return o, o.check() },
	"any":       func(o any) (any, error) { return o, nil },
	"ctx":       func(ctx context.Context) { work(ctx) },
	"ctxError":  func(ctx context.Context) error { work(ctx); return errors.New("plainly") },
	"ctxOut":    func(ctx context.Context) (*order, error) { work(ctx); return nil, nil },
	"ctxIn":     func(ctx context.Context, o order) { work(ctx) },
	"ctxInErr":  func(ctx context.Context, o *order) error { work(ctx); return o.check() },
	"ctxInOut":  func(ctx context.Context, o order) (order, error) { work(ctx); return o, o.check() },
	"named":     named(func(ctx context.Context, o order) (order, error) { work(ctx); return o, o.check() }),
	"reader":    func(ctx context.Context) (io.Reader, error) { work(ctx); return strings.NewReader("streamed"), nil },
	"panic":     func(ctx context.Context, o order) error { work(ctx); panic("at the disco") },
	"panicErr":  func(o order) error { panic(&refused{"by panic"}) },
	"invoke":    invoked{},
	"nil":       nil,
	"nilFunc":   (func(order) error)(nil),
	"string":    "no handler",
	"three":     func(ctx context.Context, a, b order) error { return nil },
	"wrong":     func(a, b order) error { return nil },
	"reader in": func(r io.Reader) error { return nil },
	"noError":   func() order { return order{} },
	"variadic":  func(o ...order) error { return nil },
}

type named func(ctx context.Context, o order) (order, error)

func (o *order) check() error {
	if o.ID == "bad" {
		return &refused{o.ID}
	}
	return nil
}

// run starts a handler in one way and does not return.
func (d dialect) run(way, name string) {
	h, base := handlers[strings.ReplaceAll(name, "_", " ")], context.WithValue(context.Background(), baseKey{}, "base")
	switch way {
	case "start":
		d.start(name, h)
	case "options":
		d.options(name, h, lambda.WithSetEscapeHTML(true), lambda.WithSetIndent(">", " "), lambda.WithUseNumber(true))
	case "context":
		d.context(name, base, fromBase)
	case "function":
		d.function(name, func(ctx context.Context, in any) (any, error) { work(ctx); return in, nil }, lambda.WithSetIndent(">", " "))
	case "handler":
		d.handler(name, invoked{})
	case "handlerContext":
		d.handlerContext(name, base, invoked{})
	case "made":
		d.start(name, d.made(name, h))
	case "madeOptions":
		d.handler(name, d.madeOptions(name, h, lambda.WithSetEscapeHTML(true)))
	case "proxy":
		routes := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			work(r.Context())
			fmt.Fprintf(w, "%s %s", r.Method, r.URL.Path)
		})
		server := d.serve("web", routes) // what also serves elsewhere
		adapter := httpadapter.New(server.Handler)
		d.start(name, func(ctx context.Context, e events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
			return d.proxy(ctx, adapter, e)
		})
	}
}

type baseKey struct{}

func fromBase(ctx context.Context) (string, error) {
	work(ctx)
	return fmt.Sprint(ctx.Value(baseKey{})), nil
}
