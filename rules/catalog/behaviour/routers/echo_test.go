package routers

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	echov5 "github.com/labstack/echo/v5"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

// echoRequests are what servers of both versions are asked.
var echoRequests = []request{
	{method: "GET", path: "/orders/7?q=1", status: 200, route: "/orders/:id"},
	{method: "POST", path: "/form", body: "a=b", status: 201, route: "/form"},
	{method: "GET", path: "/error", status: 500, fault: true, route: "/error"},
	{method: "GET", path: "/teapot", status: 418, route: "/teapot"},
	{method: "GET", path: "/own", status: 409, route: "/own"},
	{method: "GET", path: "/silent", status: 200, route: "/silent"},
	{method: "GET", path: "/stream", status: 200, route: "/stream"},
	{method: "GET", path: "/late", status: 200, route: "/late"},
	{method: "GET", path: "/recovered/panic", status: 500, fault: true, route: "/recovered/panic"},
	{method: "GET", path: "/panic", fault: true, route: "/panic"},
	{method: "GET", path: "/abort", fault: true, route: "/abort"},
	{method: "GET", path: "/guarded/x", status: 401, route: "/guarded/x"},
	{method: "GET", path: "/orders/7/", status: 301},
	{method: "GET", path: "/missing", status: 404},
	{method: "PUT", path: "/orders/7", status: 405, route: "/orders/:id"},
}

var errOwn = errors.New("own")

func echoRoutes(e *echo.Echo) *echo.Echo {
	e.Logger.SetOutput(io.Discard)
	e.Pre(middleware.RemoveTrailingSlashWithConfig(middleware.TrailingSlashConfig{RedirectCode: 301}))
	next := e.HTTPErrorHandler
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		if errors.Is(err, errOwn) {
			_ = c.String(http.StatusConflict, "own")
			return
		}
		next(err, c)
	}
	e.GET("/orders/:id", func(c echo.Context) error { return c.String(200, c.Param("id")+c.Path()) })
	e.POST("/form", func(c echo.Context) error { return c.String(201, c.FormValue("a")) })
	e.GET("/error", func(c echo.Context) error { return errors.New("x") })
	e.GET("/teapot", func(c echo.Context) error { return echo.NewHTTPError(418, "short") })
	e.GET("/own", func(c echo.Context) error { return fmt.Errorf("wrapped: %w", errOwn) })
	e.GET("/silent", func(c echo.Context) error { return nil })
	e.GET("/stream", func(c echo.Context) error {
		for range 3 {
			if _, err := c.Response().Write([]byte("part")); err != nil {
				return err
			}
			c.Response().Flush()
		}
		return nil
	})
	e.GET("/late", func(c echo.Context) error {
		_ = c.String(200, "sent")
		return errors.New("too late")
	})
	e.GET("/recovered/panic", func(c echo.Context) error { panic("x") }, middleware.RecoverWithConfig(middleware.RecoverConfig{DisableStackAll: true, DisablePrintStack: true}))
	e.GET("/panic", func(c echo.Context) error { panic("x") })
	e.GET("/abort", func(c echo.Context) error { panic(http.ErrAbortHandler) })
	g := e.Group("/guarded", func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error { return echo.ErrUnauthorized }
	})
	g.GET("/x", func(c echo.Context) error { return nil })
	return e
}

func TestEcho(t *testing.T) {
	compare(t, serve(t, echoRoutes(plain.EchoNew(service))), serve(t, echoRoutes(traced.EchoNew(service))), echoRequests)
}

// The server that echo has listens, and shuts down.
func TestEchoStart(t *testing.T) {
	e := echoRoutes(traced.EchoNew(service))
	e.HideBanner, e.HidePort = true, true
	l, url := listener(t)
	e.Listener = l
	ended := make(chan error)
	go func() { ended <- e.Start("") }()
	compare(t, serve(t, echoRoutes(plain.EchoNew(service))), url, echoRequests[:5])
	if err := e.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("Start returns %v", err)
	}
}

// A server around one gives a request its segment; echo adds its route.
func TestEchoInside(t *testing.T) {
	srv := traced.ServerHandler(service, echoRoutes(traced.EchoNew(service)))
	l, url := listener(t)
	go func() { _ = srv.Serve(l) }()
	defer srv.Close()
	for _, r := range echoRequests[:5] {
		trace := xray.NewTraceID()
		ask(t, url, r, "Root="+trace+";Parent="+parent+";Sampled=1")
		check(t, r, sent.Of(t, trace, 1)[0])
	}
}

func echoRoutes5(e *echov5.Echo) *echov5.Echo {
	e.Logger = slog.New(slog.DiscardHandler)
	next := e.HTTPErrorHandler
	e.HTTPErrorHandler = func(c *echov5.Context, err error) {
		if errors.Is(err, errOwn) {
			_ = c.String(http.StatusConflict, "own")
			return
		}
		next(c, err)
	}
	e.GET("/orders/:id", func(c *echov5.Context) error { return c.String(200, c.Param("id")+c.Path()) })
	e.POST("/form", func(c *echov5.Context) error { return c.String(201, c.FormValue("a")) })
	e.GET("/error", func(c *echov5.Context) error { return errors.New("x") })
	e.GET("/teapot", func(c *echov5.Context) error { return echov5.NewHTTPError(418, "short") })
	e.GET("/own", func(c *echov5.Context) error { return fmt.Errorf("wrapped: %w", errOwn) })
	e.GET("/silent", func(c *echov5.Context) error { return nil })
	e.GET("/panic", func(c *echov5.Context) error { panic("x") })
	e.GET("/abort", func(c *echov5.Context) error { panic(http.ErrAbortHandler) })
	return e
}

func TestEcho5(t *testing.T) {
	known := map[string]bool{"/orders/7?q=1": true, "/form": true, "/error": true, "/teapot": true, "/own": true, "/silent": true, "/panic": true, "/abort": true, "/missing": true, "/orders/7": true}
	var requests []request
	for _, r := range echoRequests {
		if known[r.path] {
			requests = append(requests, r)
		}
	}
	compare(t, serve(t, echoRoutes5(plain.EchoNew5(service))), serve(t, echoRoutes5(traced.EchoNew5(service))), requests)
	config := echov5.Config{}
	compare(t, serve(t, echoRoutes5(plain.EchoConfig5(service, config))), serve(t, echoRoutes5(traced.EchoConfig5(service, config))), requests)
}
