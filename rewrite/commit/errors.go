package commit

import "errors"

// The reasons for which a commit is refused. An error that wraps one of them is a
// single line that names the file: relative to the root if it lies in it.
var (
	// ErrChanged: a file is not what it was when the run read it.
	ErrChanged = errors.New("changed while the program was being rewritten; run again")
	// ErrReadOnly: a file, or the folder it lies in, may not be written.
	ErrReadOnly = errors.New("is read-only; make it writable and run again")
	// ErrOutside: a file lies outside the root once symbolic links are resolved.
	ErrOutside = errors.New("lies outside the module or workspace; run in the module it belongs to")
	// ErrInterrupted: what an interrupted run left can't be put back without losing something.
	ErrInterrupted = errors.New("can't be put back after an interrupted run")
)
