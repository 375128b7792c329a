package routers

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	fiberv3 "github.com/gofiber/fiber/v3"
	recoverv3 "github.com/gofiber/fiber/v3/middleware/recover"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

// fiberRequests are what apps of both versions are asked.
var fiberRequests = []request{
	{method: "GET", path: "/orders/7?q=1", status: 200, route: "/orders/:id"},
	{method: "POST", path: "/form", body: "a=b", status: 201, route: "/form"},
	{method: "GET", path: "/error", status: 500, fault: true, route: "/error"},
	{method: "GET", path: "/teapot", status: 418, route: "/teapot"},
	{method: "GET", path: "/own", status: 409, route: "/own"},
	{method: "GET", path: "/silent", status: 200, route: "/silent"},
	{method: "GET", path: "/panic", status: 500, fault: true, route: "/panic"},
	{method: "GET", path: "/sub/x", status: 200, route: "/sub/x"},
	{method: "GET", path: "/sub/error", status: 409, route: "/sub/error"},
	{method: "GET", path: "/missing", status: 404},
	{method: "PUT", path: "/silent", status: 405},
}

func fiberRoutes(make func(service string, config ...fiber.Config) *fiber.App) *fiber.App {
	handle := func(c *fiber.Ctx, err error) error {
		if errors.Is(err, errOwn) {
			return c.Status(http.StatusConflict).SendString("own")
		}
		return fiber.DefaultErrorHandler(c, err)
	}
	app := make(service, fiber.Config{ErrorHandler: handle, DisableStartupMessage: true, ETag: true})
	app.Use(recover.New())
	app.Get("/orders/:id", func(c *fiber.Ctx) error { return c.SendString(c.Params("id") + c.Route().Path) })
	app.Post("/form", func(c *fiber.Ctx) error { return c.Status(201).SendString(c.FormValue("a")) })
	app.Get("/error", func(c *fiber.Ctx) error { return errors.New("x") })
	app.Get("/teapot", func(c *fiber.Ctx) error { return fiber.NewError(418, "short") })
	app.Get("/own", func(c *fiber.Ctx) error { return errOwn })
	app.Get("/silent", func(c *fiber.Ctx) error { return nil })
	app.Get("/panic", func(c *fiber.Ctx) error { panic("x") })
	sub := make(service, fiber.Config{ErrorHandler: func(c *fiber.Ctx, err error) error { return c.Status(409).SendString("sub") }})
	sub.Get("/x", func(c *fiber.Ctx) error {
		if c.Query("segments") != "" {
			return c.JSON([]bool{xray.GetSegment(c.UserContext()) != nil, xray.GetSegment(c.Context()) != nil})
		}
		return c.SendString("sub")
	})
	sub.Get("/error", func(c *fiber.Ctx) error { return errors.New("x") })
	app.Mount("/sub", sub)
	return app
}

func TestFiber(t *testing.T) {
	var urls []string
	for _, make := range []func(service string, config ...fiber.Config) *fiber.App{plain.FiberNew, traced.FiberNew} {
		app := fiberRoutes(make)
		l, url := listener(t)
		go func() { _ = app.Listener(l) }()
		defer app.Shutdown()
		urls = append(urls, url)
	}
	compare(t, urls[0], urls[1], fiberRequests)
}

// Tests ask an app without a server.
func TestFiberItself(t *testing.T) {
	trace := xray.NewTraceID()
	r := httptest.NewRequest("GET", "/sub/x?segments=1", nil)
	r.Header.Set("X-Amzn-Trace-Id", "Root="+trace+";Parent="+parent+";Sampled=1")
	resp, err := fiberRoutes(traced.FiberNew).Test(r)
	if err != nil {
		t.Fatal(err)
	}
	body := make([]byte, 100)
	n, _ := resp.Body.Read(body)
	if string(body[:n]) != "[true,true]" {
		t.Errorf("handlers have segments: %s", body[:n])
	}
	sent.Of(t, trace, 1)
}

type custom struct{ fiberv3.DefaultCtx }

func fiberRoutes3(app *fiberv3.App, sub *fiberv3.App) *fiberv3.App {
	app.Use(recoverv3.New())
	app.Get("/orders/:id", func(c fiberv3.Ctx) error { return c.SendString(c.Params("id") + c.Route().Path) })
	app.Post("/form", func(c fiberv3.Ctx) error { return c.Status(201).SendString(c.FormValue("a")) })
	app.Get("/error", func(c fiberv3.Ctx) error { return errors.New("x") })
	app.Get("/teapot", func(c fiberv3.Ctx) error { return fiberv3.NewError(418, "short") })
	app.Get("/own", func(c fiberv3.Ctx) error { return errOwn })
	app.Get("/silent", func(c fiberv3.Ctx) error { return nil })
	app.Get("/panic", func(c fiberv3.Ctx) error { panic("x") })
	sub.Get("/x", func(c fiberv3.Ctx) error {
		_, seg := xray.BeginSubsegment(c.Context(), "x")
		seg.Close(nil)
		return c.SendString("sub")
	})
	sub.Get("/error", func(c fiberv3.Ctx) error { return errors.New("x") })
	app.Use("/sub", sub)
	return app
}

func TestFiber3(t *testing.T) {
	config := fiberv3.Config{ErrorHandler: func(c fiberv3.Ctx, err error) error {
		if errors.Is(err, errOwn) {
			return c.Status(http.StatusConflict).SendString("own")
		}
		return fiberv3.DefaultErrorHandler(c, err)
	}}
	ofSub := fiberv3.Config{ErrorHandler: func(c fiberv3.Ctx, err error) error { return c.Status(409).SendString("sub") }}
	makeCustom := func(app *fiberv3.App) fiberv3.CustomCtx { return &custom{*fiberv3.NewDefaultCtx(app)} }
	for _, apps := range [][]*fiberv3.App{
		{fiberRoutes3(plain.FiberNew3(service, config), plain.FiberNew3(service, ofSub)), fiberRoutes3(traced.FiberNew3(service, config), traced.FiberNew3(service, ofSub))},
		{fiberRoutes3(plain.FiberCustom3(service, makeCustom, config), plain.FiberNew3(service, ofSub)), fiberRoutes3(traced.FiberCustom3(service, makeCustom, config), traced.FiberNew3(service, ofSub))},
	} {
		var urls []string
		for _, app := range apps {
			l, url := listener(t)
			go func() { _ = app.Listener(l, fiberv3.ListenConfig{DisableStartupMessage: true}) }()
			defer app.Shutdown()
			urls = append(urls, url)
		}
		compare(t, urls[0], urls[1], fiberRequests)
	}
}
