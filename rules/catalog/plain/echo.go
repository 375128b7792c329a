package plain

import (
	"github.com/labstack/echo/v4"
	echov5 "github.com/labstack/echo/v5"
)

//idiom:library github.com/labstack/echo/v4 github.com/labstack/echo/v5
//idiom:traces a request, however the server is started or mounted -> segment named after the service, with method, URL without query, status, also that of a returned error; a panic is a fault
//idiom:traces the pattern of its route -> annotation `route`
//idiom:untraced echo version 3 and older; what is sent after the handler has returned

// EchoNew finds echo.New of version 4. Each request gets one segment named after the
// service, with the status that it is answered with in the end; where the server or a
// router around it has given it one, it is that. An incoming trace header continues its
// trace. The route's pattern is the annotation route. The middleware that does it is the
// first that runs, before the routing: an error that reaches it is given to
// HTTPErrorHandler there, which is where echo would do it next. The server starts and
// shuts down as it did.
//
//idiom:kind inbound-http
//idiom:guard untraced-router
func EchoNew(service string) *echo.Echo {
	return echo.New()
}

// EchoNew5 finds echo.New of version 5 and promises what EchoNew does.
//
//idiom:kind inbound-http
//idiom:guard untraced-router
func EchoNew5(service string) *echov5.Echo {
	return echov5.New()
}

// EchoConfig5 finds echo.NewWithConfig of version 5 and promises what EchoNew does.
//
//idiom:kind inbound-http
//idiom:guard untraced-router
func EchoConfig5(service string, config echov5.Config) *echov5.Echo {
	return echov5.NewWithConfig(config)
}
