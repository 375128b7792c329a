package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"github.com/owenrumney/go-sarif/v2/sarif"
)

const (
	toolName = "xray-instrument"

	// srcRoot names the folder to which all files are relative. The document does
	// not say where it is: that differs from machine to machine, and the reader
	// knows where the checkout is.
	srcRoot = "SRCROOT"

	// fingerprintName has a version, as the standard asks. It is not GitHub's
	// primaryLocationLineHash: the upload computes that itself and warns of others.
	fingerprintName = "xrayInstrumentIdentity/v1"

	level      = "warning"
	columnKind = "utf16CodeUnits"
)

// Info is what a SARIF document says of the tool, and what it needs to know of the
// input.
type Info struct {
	Version string // of the tool; may be empty
	URI     string // where the tool is documented; may be empty

	// Source returns the text of a file, named as in Diagnostic.File. Without it, or
	// where it fails, a diagnostic has a line but neither columns nor a fix: columns
	// are bytes here and UTF-16 code units in the document.
	Source func(file string) ([]byte, error)
}

// SARIF returns the diagnostics as a SARIF 2.1.0 document. It describes all of
// rules, whether there is a diagnostic of them or not.
//
// Braces in messages are left single. The standard doubles them, but readers show
// a message without arguments as it is.
func SARIF(ds []Diagnostic, rules []Rule, info Info) ([]byte, error) {
	doc, err := sarif.New(sarif.Version210)
	if err != nil {
		return nil, err
	}
	rules = slices.SortedFunc(slices.Values(rules), func(a, b Rule) int { return cmp.Compare(a.Name, b.Name) })
	run := sarif.NewRun(sarif.Tool{Driver: driver(rules, info)})
	run.ColumnKind = columnKind
	run.OriginalUriBaseIDs = map[string]*sarif.ArtifactLocation{
		srcRoot: {Description: message("The folder of the module or of the workspace.")},
	}
	b := builder{texts: texts{source: info.Source}, rules: rules, seen: map[Identity]int{}}
	for _, d := range inOrder(ds) {
		run.Results = append(run.Results, b.result(&d))
	}
	doc.AddRun(run)
	return encode(doc)
}

// encode leaves <, > and & as they are, so that messages and fixes can be read.
func encode(doc *sarif.Report) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(doc)
	return out.Bytes(), err
}

func driver(rules []Rule, info Info) *sarif.ToolComponent {
	c := sarif.NewDriver(toolName)
	c.Version = optional(info.Version)
	c.InformationURI = optional(info.URI)
	for _, r := range rules {
		c.AddRule(descriptor(r))
	}
	return c
}

func descriptor(r Rule) *sarif.ReportingDescriptor {
	help := cmp.Or(r.Help, r.Short)
	return &sarif.ReportingDescriptor{
		ID:                   r.Name,
		ShortDescription:     &sarif.MultiformatMessageString{Text: &r.Short},
		FullDescription:      &sarif.MultiformatMessageString{Text: new(cmp.Or(summary(help), r.Short))},
		Help:                 &sarif.MultiformatMessageString{Text: new(plainText(help)), Markdown: &help},
		HelpURI:              optional(r.URL),
		DefaultConfiguration: &sarif.ReportingConfiguration{Level: level},
		Properties:           sarif.Properties{"tags": []string{r.Kind}},
	}
}

// builder makes the results of a document, in order.
type builder struct {
	texts texts
	rules []Rule // sorted by name
	seen  map[Identity]int
}

func (b *builder) result(d *Diagnostic) *sarif.Result {
	r := &sarif.Result{
		RuleID:              &d.Rule,
		Level:               new(level),
		Message:             *message(d.Message),
		Locations:           []*sarif.Location{b.location(d)},
		PartialFingerprints: map[string]any{fingerprintName: b.fingerprint(d)},
	}
	if i, ok := slices.BinarySearchFunc(b.rules, d.Rule, func(r Rule, name string) int { return cmp.Compare(r.Name, name) }); ok {
		r.RuleIndex = new(uint(i))
	}
	if fix := b.fix(d.Fix); fix != nil {
		r.Fixes = []*sarif.Fix{fix}
	}
	return r
}

func (b *builder) location(d *Diagnostic) *sarif.Location {
	loc := &sarif.Location{PhysicalLocation: &sarif.PhysicalLocation{
		ArtifactLocation: artifact(d.File),
		Region:           b.texts.region(d),
	}}
	if d.Func != "" {
		loc.LogicalLocations = []*sarif.LogicalLocation{{
			FullyQualifiedName: new(d.Package + "." + d.Func),
			Kind:               new("function"),
		}}
	}
	return loc
}

// fingerprint is the same while the diagnostic is, wherever it moves: its identity
// and which of several of one identity it is.
func (b *builder) fingerprint(d *Diagnostic) string {
	id := d.Identity()
	b.seen[id]++
	sum := sha256.Sum256([]byte(id.String()))
	return fmt.Sprintf("%s:%d", hex.EncodeToString(sum[:8]), b.seen[id])
}

// fix returns nil when there is no fix, or when one of its edits can't be placed:
// half a fix is none.
func (b *builder) fix(fix *Fix) *sarif.Fix {
	if fix == nil || len(fix.Edits) == 0 {
		return nil
	}
	f := &sarif.Fix{Description: message(fix.Title)}
	changes := map[string]*sarif.ArtifactChange{}
	for _, e := range fix.Edits {
		region := b.texts.span(e)
		if region == nil {
			return nil
		}
		c := changes[e.File]
		if c == nil {
			c = sarif.NewArtifactChange(artifact(e.File))
			changes[e.File] = c
			f.ArtifactChanges = append(f.ArtifactChanges, c)
		}
		c.Replacements = append(c.Replacements, replacement(region, e.New))
	}
	return f
}

func replacement(region *sarif.Region, text string) *sarif.Replacement {
	r := sarif.NewReplacement(region)
	if text != "" {
		r.InsertedContent = &sarif.ArtifactContent{Text: &text}
	}
	return r
}

func artifact(file string) *sarif.ArtifactLocation {
	return &sarif.ArtifactLocation{
		URI:       new((&url.URL{Path: file}).String()),
		URIBaseId: new(srcRoot),
	}
}

func message(text string) *sarif.Message { return &sarif.Message{Text: &text} }

// optional is a property that is left out when it is empty.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
