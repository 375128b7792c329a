// Package hooks proves that xray-instrument works where teams have it run by itself: under
// pre-commit, in a git hook, and from go generate.
//
// Each test makes a repository, sets it up as docs/hosts.md says, with the text of that
// page, and works in it with the real programs. The tool comes from a copy of the
// checkout, as these programs fetch it themselves. Like the rest of the module, it may
// import nothing of the tool.
package hooks
