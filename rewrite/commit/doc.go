// Package commit writes the result of a run into the user's tree: every change
// of the run or none of them.
//
// # Problem
//
// A rewritten program is only whole with all its files: a function that gained a
// parameter in one file breaks the build until its callers in the other files
// have followed. The tree must therefore never be left half written: not by a full
// disk or a read-only file, not by an editor that saves at the same moment, not
// by a run that is killed.
//
// # Approach
//
// A folder named [JournalName] in the root makes a run undoable. It holds
//
//	record       the path of each file, with the hashes of its old and its new content
//	before/PATH  a copy of the old file
//	absent/PATH  an empty marker: the file did not exist
//	swap/N/      a folder to be replaced: path, and then new and old, the folders themselves
//	ready        an empty marker, see below
//
// and a run goes through three states, told apart by what exists:
//
//	nothing             there is no run, and Recover costs one stat
//	journal, no ready   nothing has been replaced yet, or everything has:
//	                    what is left of the journal is swept away
//	journal and ready   files are being replaced: they are all put back
//
// New contents are staged beside their targets, on the same file system and with
// the same mode and owner, and flushed to the disk; the targets are compared with
// what the run read; then ready is created, each staged file is renamed over
// its target, and removing ready is the one instant at which the run has happened.
// Before that instant [Recover] undoes, after it there is only the journal to sweep.
//
// The layout is readable without the record, so a damaged record costs only
// the comparison that protects edits made since the interruption.
//
// Files are replaced in an order that leaves the best program behind if nobody ever
// recovers: new Go files, changed ones, deleted ones, then the checksums (lines too
// many in go.sum do no harm), then folders such as vendor, and go.mod last: until it
// is there the go command says at once what is missing.
//
// # Non-goals
//
// The package does not merge: a file that changed since it was read stops the run, and
// an editor is not locked out but only noticed. It creates no folders. It does not
// keep hard links together: the new file is a new file. The contents of a prepared folder are not
// flushed, as vendor can be made again.
//
// It imports the standard library and, for the lock, go-internal's lockedfile.
package commit
