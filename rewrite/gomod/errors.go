package gomod

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The reasons for which a module can't be given the SDK. An error that wraps one of them is a
// single line that says what to do.
var (
	// ErrUnavailable: a module is neither in the module cache nor can it be downloaded.
	ErrUnavailable = errors.New("is not in the module cache and can't be downloaded")
	// ErrGoLine: every version of the SDK would raise the module's go line.
	ErrGoLine = errors.New("needs a newer go line than the module has")
	// ErrModfileFlag: GOFLAGS has -modfile, so the program is not built with go.mod.
	ErrModfileFlag = errors.New("GOFLAGS has -modfile; unset it, or require the SDK in that file yourself")
	// ErrVendor: the vendor folder can't be made again.
	ErrVendor = errors.New("the vendor folder can't be brought up to date")
	// ErrNoModule: there is no go.mod.
	ErrNoModule = errors.New("is not in a module; run `go mod init` first")
)

// goError is a go command that failed.
type goError struct {
	args   []string
	stderr string
	err    error
}

// Error is one line: the command, and the first thing it said.
func (e *goError) Error() string {
	words := slices.IndexFunc(append(e.args, "-"), func(a string) bool { return strings.HasPrefix(a, "-") })
	return fmt.Sprintf("go %s: %s", strings.Join(e.args[:words], " "), e.reason())
}

// Unwrap returns what os/exec said.
func (e *goError) Unwrap() error { return e.err }

// reason is the one line of the go command's output that says why.
func (e *goError) reason() string {
	best := ""
	for line := range strings.Lines(e.stderr) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "go: "))
		skip := line == "" || strings.HasPrefix(line, "downloading ") || strings.HasPrefix(line, "finding ") ||
			strings.HasPrefix(line, "found ") || strings.HasPrefix(line, "added ") || strings.HasSuffix(line, " imports")
		if best == "" && !skip {
			best = line
		}
	}
	if best == "" {
		return e.err.Error()
	}
	return strings.TrimSuffix(best, "; to add it:")
}

// says reports whether the go command's output holds one of the texts.
func (e *goError) says(texts ...string) bool {
	for _, t := range texts {
		if strings.Contains(e.stderr, t) {
			return true
		}
	}
	return false
}

// unreachable reports whether the go command failed for want of a network.
func (e *goError) unreachable() bool {
	return refused.MatchString(e.stderr) || e.says("GOPROXY=off", "dial tcp", "no such host", "connection refused", "i/o timeout", "proxyconnect",
		"TLS handshake", "Client.Timeout", "network is unreachable",
		"unrecognized import path", "could not read Username", "terminal prompts disabled")
}

// tooOld reports whether a module needs a newer Go than there is, or than go.mod allows.
func (e *goError) tooOld() bool {
	return e.says("requires go >= ", "requires go1.", "(running go ", "toolchain not available")
}

// resolveError says that an SDK can't be required, and why.
type resolveError struct {
	sdk SDK
	*goError
}

// Error is one line.
func (e *resolveError) Error() string {
	return fmt.Sprintf("can't require %s %s: %s", e.sdk.Path, e.sdk.Version, e.reason())
}

// Unwrap returns the go command that failed.
func (e *resolveError) Unwrap() error { return e.goError }

// explain makes a message for the user of a failed resolution.
func explain(sdk SDK, err error) error {
	var ge *goError
	if !errors.As(err, &ge) {
		return err
	}
	switch {
	case ge.tooOld():
		return goLineError(sdk)
	case ge.unreachable():
		return unavailable(sdk, ge)
	}
	return &resolveError{sdk, ge}
}

// IsConflict reports whether an SDK cannot be required since the program does not load with
// the versions that it brings along.
func IsConflict(err error) bool {
	re := (*resolveError)(nil)
	return errors.As(err, &re)
}

// IsLocal reports whether a requirement failed for want of room or rights in the folders that this machine
// uses for it, such as the temporary one. That says nothing of the module: another run may succeed.
func IsLocal(err error) bool {
	text := err.Error()
	if ge := (*goError)(nil); errors.As(err, &ge) {
		text = ge.stderr
	}
	return slices.ContainsFunc(localFailures, func(words string) bool { return strings.Contains(text, words) })
}

// localFailures is what the system says of them; with a capital letter the words are ssh's, of a key.
var localFailures = []string{"no space left on device", "not enough space on the disk", "disk quota exceeded", "file too large", "permission denied", "read-only file system"}

// What the go command says of a module that it looks for.
var (
	refused     = regexp.MustCompile(`: reading http\S+: [45]\d\d `)      // by a proxy
	reading     = regexp.MustCompile(`([\w.~/-]+)@(v[\w.+-]+): reading `) // perhaps one that another requires
	atVersion   = regexp.MustCompile(`(?:^|\s)([\w.~/-]+)@(v[\w.+-]+)(?:[:\s]|$)`)
	downloading = regexp.MustCompile(`(?m)^go: downloading (\S+) (v\S+)$`)
)

// unavailable names the module that is missing: the SDK, or one that it needs.
func unavailable(sdk SDK, ge *goError) error {
	path, version := sdk.Path, sdk.Version
	m := reading.FindStringSubmatch(ge.stderr)
	if m == nil {
		m = atVersion.FindStringSubmatch(ge.reason())
	}
	if m == nil {
		m = downloading.FindStringSubmatch(ge.stderr)
	}
	if m != nil {
		path, version = m[1], m[2]
	}
	return fmt.Errorf("%s %s %w: run `go mod download %[1]s@%[2]s` where there is a network, and run again", path, version, ErrUnavailable)
}

func goLineError(sdk SDK) error {
	return fmt.Errorf("%s %s %w: run `go get go@%s` and run again", sdk.Path, sdk.Version, ErrGoLine, goLineOf(sdk))
}

func goLineOf(sdk SDK) string {
	for _, r := range releases[sdk.Path] {
		if r.version == sdk.Version {
			return r.goLine
		}
	}
	return "latest"
}
