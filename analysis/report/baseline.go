package report

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Baseline is what a team has accepted: how many diagnostics of each identity.
//
// Its file is text that merges well in git: a line with the version, then one
// line for each identity, sorted, without line numbers or names of files:
//
//	xray-instrument baseline v1
//	example.com/shop	(*Store).Load	SQLQuery	s.db.Query
//	example.com/shop	(*Store).Save	SQLExec	s.db.Exec	2
//
// The fields are separated by tabs: package, function, rule, call and, from two
// on, the count.
type Baseline struct {
	accepted map[Identity]int
}

// Identity is what a diagnostic keeps when lines move and code is formatted
// again. Spaces in a field are single ones, and "-" stands for nothing, as for the
// function of what stands at the top level.
type Identity struct{ Package, Func, Rule, Call string }

// Identity returns the identity of the diagnostic.
func (d *Diagnostic) Identity() Identity {
	return Identity{field(d.Package), field(d.Func), field(d.Rule), field(d.Call)}
}

func field(s string) string { return cmp.Or(strings.Join(strings.Fields(s), " "), "-") }

// String returns the identity as it stands in a baseline.
func (id Identity) String() string {
	return strings.Join([]string{id.Package, id.Func, id.Rule, id.Call}, "\t")
}

// The first line of a baseline is the title and the version.
const (
	baselineTitle   = "xray-instrument baseline v"
	baselineVersion = 1
)

// New returns, in order, the diagnostics that the baseline does not accept. Of
// several with one identity, it accepts the first ones.
func (b *Baseline) New(ds []Diagnostic) []Diagnostic {
	left := maps.Clone(b.accepted)
	var list []Diagnostic
	for _, d := range inOrder(ds) {
		if id := d.Identity(); left[id] > 0 {
			left[id]--
		} else {
			list = append(list, d)
		}
	}
	return list
}

// Gone returns, sorted, what the baseline accepts and the diagnostics no longer
// have: an identity as many times as it is missing.
func (b *Baseline) Gone(ds []Diagnostic) []Identity {
	now := count(ds)
	var list []Identity
	for _, id := range ordered(b.accepted) {
		for range b.accepted[id] - now[id] {
			list = append(list, id)
		}
	}
	return list
}

// WriteBaseline writes a file that accepts the diagnostics. The same diagnostics
// give the same bytes.
func WriteBaseline(path string, ds []Diagnostic) error {
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s%d\n", baselineTitle, baselineVersion)
	counts := count(ds)
	for _, id := range ordered(counts) {
		text.WriteString(id.String())
		if n := counts[id]; n > 1 {
			fmt.Fprintf(&text, "\t%d", n)
		}
		text.WriteByte('\n')
	}
	return WriteFile(path, text.Bytes())
}

func count(ds []Diagnostic) map[Identity]int {
	counts := map[Identity]int{}
	for i := range ds {
		counts[ds[i].Identity()]++
	}
	return counts
}

func ordered(counts map[Identity]int) []Identity {
	return slices.SortedFunc(maps.Keys(counts), func(a, b Identity) int {
		return cmp.Or(
			cmp.Compare(a.Package, b.Package),
			cmp.Compare(a.Func, b.Func),
			cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Call, b.Call),
		)
	})
}

// ReadBaseline reads a file of WriteBaseline. Its error is one line, with the line
// of the file where there is one, and says what to do.
func ReadBaseline(path string) (*Baseline, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the baseline %s: %w; write one with -check -write-baseline %[1]s", path, cause(err))
	}
	title, rest, _ := strings.Cut(string(data), "\n")
	b := &Baseline{accepted: map[Identity]int{}}
	problem := checkTitle(strings.TrimSuffix(title, "\r"))
	line := 1
	for text := range strings.Lines(rest) {
		if problem != "" {
			break
		}
		line++
		problem = b.add(strings.TrimRight(text, "\r\n"))
	}
	if problem != "" {
		return nil, fmt.Errorf("%s:%d: %s -check -write-baseline %[1]s", path, line, problem)
	}
	return b, nil
}

// checkTitle returns what is wrong with the first line, up to the command that
// mends it.
func checkTitle(line string) string {
	number, ok := strings.CutPrefix(line, baselineTitle)
	version, err := strconv.Atoi(number)
	switch {
	case isConflict(line):
		return conflictProblem
	case !ok || err != nil || version < 1:
		return "this is not a baseline, which begins with \"" + baselineTitle + "1\"; write one with"
	case version > baselineVersion:
		return fmt.Sprintf("the baseline has version %d, and this xray-instrument knows up to %d; update xray-instrument, or write the baseline again with",
			version, baselineVersion)
	}
	return ""
}

// add reads the line of an identity. What both sides of a merge have accepted may
// stand there twice; the higher count holds.
func (b *Baseline) add(line string) string {
	if line == "" {
		return ""
	}
	fields := strings.Split(line, "\t")
	n := 1
	if len(fields) == 5 {
		n, _ = strconv.Atoi(fields[4]) // zero, which is no count, on failure
		fields = fields[:4]
	}
	switch {
	case len(fields) == 4 && n > 0 && !slices.Contains(fields, ""):
		id := Identity{field(fields[0]), field(fields[1]), field(fields[2]), field(fields[3])}
		b.accepted[id] = max(b.accepted[id], n)
		return ""
	case isConflict(line):
		return conflictProblem
	}
	return "not a line of a baseline (package, function, rule and call, with tabs between them); correct it, or write the baseline again with"
}

const conflictProblem = "the mark of a merge conflict; keep the lines of both sides and delete the marks, or write the baseline again with"

// isConflict reports whether git left the line in a file that it could not merge.
func isConflict(line string) bool {
	mark, _, _ := strings.Cut(line, " ")
	return slices.Contains([]string{"<<<<<<<", "|||||||", "=======", ">>>>>>>"}, mark)
}
