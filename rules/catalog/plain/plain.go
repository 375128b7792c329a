// Package plain is the dialect of programs without tracing: what each idiom
// finds. A function's parameters are the holes of a pattern, its body is the
// pattern; package xray has the same functions as they read when traced.
//
// Directives in a doc comment: idiom:kind gives the kind of the report's sites;
// idiom:family PATH says that every package at or below PATH may stand for the one
// that the body names, and every method for the body's, where its types allow
// it: the traced method has the plain one's name, with what the bodies' names
// differ by behind it, and its parameters with a context in front; or it is the
// same method, called on what another one returns. Names behind PATH say that only
// these methods may. Where methods differ in their parameters, the body gives
// them all as one variadic hole; idiom:also NAMES says that the idiom stands as well
// for the other functions, or methods of the same type, with these names and the
// same signature; idiom:guard names preconditions that a pattern cannot express.
//
// Beside its idioms, a file says what the table of libraries is made of, in a
// comment by itself: idiom:library PATHS begins a library's record, which is about
// the idioms of that file; idiom:traces WHAT -> AS says what of it is traced, and
// as which segment or subsegment; idiom:untraced WHAT says what is not. The latter
// two may be repeated.
//
// A function with idiom:context is no idiom: it tells how a value carries a request's
// context. The word pooled behind it says that the library uses the value for another
// request once its handler has returned; blind, that the value passes for a context
// but does not have the request's values; work, that the context is background work's
// and no request's.
//
// context.TODO() in a pattern stands for either root context. In a literal, keys
// that the pattern does not name are free.
package plain
