// Package torture makes random programs that are valid and that run, for the test of
// what the tool promises of every program: that its result compiles and does the same, that its
// traces are whole, that a second run changes nothing, and that -remove gives the bytes back.
//
// A unit is a small program of its own: an HTTP server on a database and an HTTP client, in two packages and
// several files. Its functions call each other in every form that Go has, through interfaces, values, closures,
// generics and goroutines, hide the names of packages and contexts behind others of
// their own, and are written in odd ways. Every call is carried out when the unit runs, and
// every unit ends: functions only call those of a higher number.
//
// A unit is made of parts: declarations, statements, oddities. A unit that breaks a promise is made
// smaller by leaving parts out as long as it is valid and breaks it still. All randomness comes from the seed
// and the unit's number, and leaving a part out changes no other.
//
// Many units share a module, a run of the tool and a build. The tool is run as a user runs it; the package
// imports nothing of it.
package torture
