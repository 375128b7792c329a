package xray

import (
	"github.com/labstack/echo/v4"
	echov5 "github.com/labstack/echo/v5"
)

func EchoNew(service string) *echo.Echo {
	return xrayEcho(service, echo.New())
}

func EchoNew5(service string) *echov5.Echo {
	return xrayV5Echo(service, echov5.New())
}

func EchoConfig5(service string, config echov5.Config) *echov5.Echo {
	return xrayV5Echo(service, echov5.NewWithConfig(config))
}

// xrayEcho puts xrayEchoHandler in front of the middleware of a new server.
func xrayEcho(service string, e *echo.Echo) *echo.Echo {
	e.Pre(func(next echo.HandlerFunc) echo.HandlerFunc { return xrayEchoHandler(service, next) })
	return e
}

// xrayEchoHandler gives each request that has none a segment of the service. An error
// is answered while the segment is open.
func xrayEchoHandler(service string, next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, done := c.Request(), false
		if !xrayBegins(r.Context()) {
			xrayAdopt(r)
			err := next(c)
			xrayRoute(r.Context(), c.Path())
			return err
		}
		seg, inner := xrayBegin(service, r)
		c.SetRequest(inner)
		defer func() {
			status := c.Response().Status
			if !done && !c.Response().Committed {
				status = 0
			}
			xrayRoute(inner.Context(), c.Path())
			xrayServed(seg, status, done)
			*r = *inner.WithContext(r.Context()) // the server removes the files of a form that was parsed
		}()
		if err := next(c); err != nil {
			c.Error(err)
		}
		done = true
		return nil
	}
}

// xrayV5Echo puts xrayV5EchoHandler in front of the middleware of a new server.
func xrayV5Echo(service string, e *echov5.Echo) *echov5.Echo {
	e.Pre(func(next echov5.HandlerFunc) echov5.HandlerFunc { return xrayV5EchoHandler(service, next) })
	return e
}

// xrayV5EchoHandler is xrayEchoHandler for version 5.
func xrayV5EchoHandler(service string, next echov5.HandlerFunc) echov5.HandlerFunc {
	return func(c *echov5.Context) error {
		r, done := c.Request(), false
		if !xrayBegins(r.Context()) {
			xrayAdopt(r)
			err := next(c)
			xrayRoute(r.Context(), c.Path())
			return err
		}
		seg, inner := xrayBegin(service, r)
		c.SetRequest(inner)
		defer func() {
			status := 0
			if resp, err := echov5.UnwrapResponse(c.Response()); err == nil && (done || resp.Committed) {
				status = resp.Status
			}
			xrayRoute(inner.Context(), c.Path())
			xrayServed(seg, status, done)
			*r = *inner.WithContext(r.Context()) // the server removes the files of a form that was parsed
		}()
		if err := next(c); err != nil {
			c.Echo().HTTPErrorHandler(c, err)
		}
		done = true
		return nil
	}
}
