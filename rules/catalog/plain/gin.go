package plain

import "github.com/gin-gonic/gin"

//idiom:library github.com/gin-gonic/gin
//idiom:traces a request to an engine, however it is started or mounted -> segment named after the service, with method, URL without query, status; a panic is a fault
//idiom:traces the pattern of its route -> annotation `route`
//idiom:untraced redirects that the engine makes of a path with a slash too many or too few; an engine that is not made by New or Default

// GinNew finds gin.New. Each request to the engine gets one segment named after the
// service, with the status that it is answered with in the end, also by NoRoute,
// NoMethod and gin.Recovery; where the server or a router around the engine has given it
// one, it is that. An incoming trace header continues its trace. The route's pattern is
// the annotation route. The middleware that does it is the first of the engine's: what
// gin prints at start counts one handler more, and the engine listens as it did.
//
//idiom:kind inbound-http
//idiom:guard untraced-router
func GinNew(service string, opts ...gin.OptionFunc) *gin.Engine {
	return gin.New(opts...)
}

// GinDefault finds gin.Default and promises what GinNew does. A panic that gin.Recovery
// answers has its status.
//
//idiom:kind inbound-http
//idiom:guard untraced-router
func GinDefault(service string, opts ...gin.OptionFunc) *gin.Engine {
	return gin.Default(opts...)
}
