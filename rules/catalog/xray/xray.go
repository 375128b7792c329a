// Package xray is the dialect of programs traced by AWS X-Ray: each idiom of
// package plain as a careful engineer writes it by hand. What a body uses of
// this package's unexported declarations is carried along into a support file
// of the user's package, so that traced code depends on the X-Ray SDK alone.
package xray
