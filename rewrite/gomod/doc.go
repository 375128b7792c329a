// Package gomod gives a module the requirement of the X-Ray SDK, and takes it away again.
//
// # Problem
//
// A rewritten program imports packages that its module does not require yet. Requiring
// them is more than a line in go.mod: since Go 1.17 the line brings indirect ones,
// go.sum needs the checksums, other modules may be raised to higher versions, the SDK's own go line must
// not exceed the module's, vendor must follow, and in a workspace the checksums are
// spread over several files. All of it must be known before anything is written, must leave every
// other byte of go.mod alone, and must be undone exactly by -remove.
//
// # Approach
//
// The go command decides, this package edits. [Require] writes copies of go.mod and
// go.sum into a temporary folder and lets
//
//	go list -mod=mod -modfile=COPY -overlay=IMPORTS -deps
//
// resolve the imports of a package that exists only in the overlay and imports what the rewritten
// program will. So the go command sees the program as it is going to be, while the
// program is still as it was. Only if `go mod tidy` finds nothing to do in a copy of
// the original is a copy of the result tidied too, so that a tidy module stays tidy.
// The user's own files are never given to a command that writes.
//
// What the go command changed in the copy is then made as byte edits in the original: added
// requirements go to their sorted place, versions are exchanged in their line, and
// comments, order and line ends stay. The inverse edits are the [Plan.Record]
// from which [Drop] makes the original bytes again.
//
// Three things are the same in every module: the SDK becomes one direct requirement;
// the go and toolchain lines are never touched, an older SDK is taken instead; and the result is
// loaded once more, read-only and offline, before it is handed out.
//
// # The environment
//
// GOFLAGS: -mod decides, as for the go command, whether the module is vendored; -mod
// and -overlay are then left out, because the copies need their own. -modfile is refused, as
// go.mod is not the file that the program is built with. Everything else stays, as do GOPROXY,
// GOPRIVATE, GOTOOLCHAIN and the rest.
//
// In a workspace the module is resolved by itself, with its sibling modules replaced by
// their folders; the result is loaded in a copy of the workspace, which yields go.work.sum.
//
// # Non-goals
//
// Requirements other than those of the SDK are not repaired, tidied or updated. A module
// that does not load before the run does not load after it either.
//
// The package imports golang.org/x/mod and the standard library, and nothing of this project.
package gomod
