// Package integration proves xray-instrument on real programs: services that are built and
// started, real databases, and the real wire format, decoded by somebody else's decoder.
//
// It is a module of its own, so that what it needs never becomes a dependency of the tool.
// It may import nothing of the tool: it builds the command and runs it, as a user does.
package integration
