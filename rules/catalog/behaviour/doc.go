// Package behaviour runs both sides of the catalog's idioms and compares what
// they do: the plain side says what the program does, and the traced side must do
// the same and send the segments that the idiom promises. The support code,
// which is copied into programs, is tested hardest.
//
// The package itself is empty. SDK for Go v1 has a package of its own below, as
// it comes with the other major of the X-Ray SDK.
package behaviour
