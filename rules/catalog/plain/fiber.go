package plain

import (
	"github.com/gofiber/fiber/v2"
	fiberv3 "github.com/gofiber/fiber/v3"
)

//idiom:library github.com/gofiber/fiber/v2 github.com/gofiber/fiber/v3
//idiom:traces a request, however the app is started or mounted -> segment named after the service, with method, URL without query, status, also that of a returned error; a panic is a fault
//idiom:traces the pattern of its route -> annotation `route`
//idiom:untraced a body that is written after the handler has returned

// FiberNew finds fiber.New of version 2. Each request gets one segment named after the
// service, with the status that it is answered with in the end. An incoming trace header
// continues its trace. The route's pattern is the annotation route. Handlers find the
// segment in c.UserContext() and in c.Context(). The middleware that does it is the
// first of the app's: what fiber prints at start counts one handler more. An error that
// reaches it is given to the app's ErrorHandler there, which is where fiber would do it
// next.
//
//idiom:kind inbound-http
//idiom:guard untraced-router
func FiberNew(service string, config ...fiber.Config) *fiber.App {
	return fiber.New(config...)
}

// FiberNew3 finds fiber.New of version 3 and promises what FiberNew does; handlers find
// the segment in c.Context() and in c itself.
//
//idiom:kind inbound-http
//idiom:guard untraced-router
func FiberNew3(service string, config ...fiberv3.Config) *fiberv3.App {
	return fiberv3.New(config...)
}

// FiberCustom3 finds fiber.NewWithCustomCtx of version 3 and promises what FiberNew3
// does.
//
//idiom:kind inbound-http
//idiom:guard untraced-router
func FiberCustom3(service string, make func(*fiberv3.App) fiberv3.CustomCtx, config ...fiberv3.Config) *fiberv3.App {
	return fiberv3.NewWithCustomCtx(make, config...)
}
