package xray

import (
	"context"
	"strings"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/gofiber/fiber/v2"
	fiberv3 "github.com/gofiber/fiber/v3"
)

func FiberNew(service string, config ...fiber.Config) *fiber.App {
	return xrayFiber(service, fiber.New(config...))
}

func FiberNew3(service string, config ...fiberv3.Config) *fiberv3.App {
	return xrayV3Fiber(service, fiberv3.New(config...))
}

func FiberCustom3(service string, make func(*fiberv3.App) fiberv3.CustomCtx, config ...fiberv3.Config) *fiberv3.App {
	return xrayV3Fiber(service, fiberv3.NewWithCustomCtx(make, config...))
}

// xrayFiber gives a new app a first middleware, which gives each request that has none
// a segment of the service. An error is answered while the segment is open.
func xrayFiber(service string, app *fiber.App) *fiber.App {
	app.Use(func(c *fiber.Ctx) error {
		if !xrayBegins(c.Context()) || xray.GetSegment(c.UserContext()) != nil {
			if id := xrayAdopted(c.Context(), string(c.Request().Header.Peek(xray.TraceIDHeaderKey))); id != "" {
				c.Context().SetUserValue(xray.LambdaTraceHeaderKey, id)
			}
			c.SetUserContext(xrayFiberContext(c.Context(), c.UserContext()))
			err := c.Next()
			xrayRoute(c.UserContext(), xrayFiberRoute(c.Route().Path, c.Path()))
			return err
		}
		seg, _ := xrayBegin(service, xrayFastRequest(c.Context(), &c.Context().Request.Header))
		c.Context().SetUserValue(xrayFastKey, seg)
		c.SetUserContext(context.WithValue(c.UserContext(), xray.ContextKey, seg))
		status, done := 0, false
		defer func() {
			xrayRoute(c.UserContext(), xrayFiberRoute(c.Route().Path, c.Path()))
			xrayServed(seg, status, done)
		}()
		if err := c.Next(); err != nil && c.App().ErrorHandler(c, err) != nil {
			_ = c.SendStatus(fiber.StatusInternalServerError)
		}
		status, done = c.Response().StatusCode(), true
		return nil
	})
	return app
}

// xrayV3Fiber is xrayFiber for version 3.
func xrayV3Fiber(service string, app *fiberv3.App) *fiberv3.App {
	app.Use(func(c fiberv3.Ctx) error {
		if !xrayBegins(c.RequestCtx()) || xray.GetSegment(c.Context()) != nil {
			if id := xrayAdopted(c.RequestCtx(), string(c.Request().Header.Peek(xray.TraceIDHeaderKey))); id != "" {
				c.RequestCtx().SetUserValue(xray.LambdaTraceHeaderKey, id)
			}
			c.SetContext(xrayFiberContext(c.RequestCtx(), c.Context()))
			err := c.Next()
			xrayRoute(c.Context(), xrayFiberRoute(c.Route().Path, c.Path()))
			return err
		}
		seg, _ := xrayBegin(service, xrayFastRequest(c.RequestCtx(), &c.RequestCtx().Request.Header))
		c.RequestCtx().SetUserValue(xrayFastKey, seg)
		c.SetContext(context.WithValue(c.Context(), xray.ContextKey, seg))
		status, done := 0, false
		defer func() {
			xrayRoute(c.Context(), xrayFiberRoute(c.Route().Path, c.Path()))
			xrayServed(seg, status, done)
		}()
		if err := c.Next(); err != nil && c.App().ErrorHandler(c, err) != nil {
			_ = c.SendStatus(fiberv3.StatusInternalServerError)
		}
		status, done = c.Response().StatusCode(), true
		return nil
	})
	return app
}

// xrayFiberContext returns the context that fiber keeps for a request's handlers, with
// what the request itself carries: the segment of a server around the app, or AWS
// Lambda's.
func xrayFiberContext(request, own context.Context) context.Context {
	if seg := xray.GetSegment(request); seg != nil && xray.GetSegment(own) == nil {
		return context.WithValue(own, xray.ContextKey, seg)
	}
	if id, ok := request.Value(xray.LambdaTraceHeaderKey).(string); ok && own.Value(xray.LambdaTraceHeaderKey) == nil {
		return context.WithValue(own, xray.LambdaTraceHeaderKey, id)
	}
	return own
}

// xrayFiberRoute returns the pattern of the route that a request has come to, or ""
// where that is only a middleware's, which any path below it has.
func xrayFiberRoute(pattern, path string) string {
	if !strings.ContainsAny(pattern, ":*+") && !strings.EqualFold(strings.TrimSuffix(pattern, "/"), strings.TrimSuffix(path, "/")) {
		return ""
	}
	return strings.Clone(pattern)
}
