package analysis

import (
	"cmp"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/analysis/misuse"
	"github.com/seed-4257438c/xray-instrument/analysis/report"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// lost says, by kind, what a trace lacks while a site is not traced.
var lost = map[rules.Kind]string{
	rules.InboundHTTP:  "requests that come in here begin no trace",
	rules.OutboundHTTP: "the outgoing request is missing from the trace, and what it calls begins a trace of its own",
	rules.SQLOpen:      "statements on this database are missing from every trace",
	rules.SQLCall:      "the statement is missing from its request's trace",
	rules.AWSConfig:    "AWS calls made with this are missing from every trace",
	rules.AWSCall:      "the AWS call is missing from its request's trace",
	rules.Lambda:       "what the Lambda function does is missing from its trace",
	rules.GRPCServer:   "calls that come in here begin no trace",
	rules.GRPCClient:   "calls on this connection are missing from every trace, and what they reach begins traces of its own",
	rules.Redis:        "commands on this connection are missing from every trace",
	rules.Mongo:        "commands of this client are missing from every trace",
	rules.Messaging:    "the trace ends at this message",
	rules.Log:          "the line does not say which trace it belongs to",
	rules.Capture:      "this work is missing from every trace",
	rules.Annotation:   "what is asked for here is missing from the trace",
	rules.Custom:       "what is done with this context is missing from the request's trace",
}

// message says what is lost at a site and how to mend it.
func message(p *find.Package, s *find.Site) string {
	what := lost[s.Kind]
	if what == "" || s.Kind == rules.Custom && s.Root == nil {
		what = "it is missing from the trace"
	}
	return what + ": " + mend(p, s)
}

// mend says what to do about a site: what stands in the way, or what the command
// makes of it.
func mend(p *find.Package, s *find.Site) string {
	switch {
	case s.Status == find.Skipped && s.Reason == find.NoContext && find.IsPoll(p.Info, s.Node):
		return "no context in reach: " + find.EachMessage
	case s.Status == find.Skipped && s.Reason == find.NoContext:
		return "no context in reach, give " + around(s) + " a context.Context and pass the request's"
	case s.Status == find.Skipped:
		return s.Reason
	case s.Asked != nil:
		return "run xray-instrument on the package"
	case s.Work != nil:
		if s.Work.Item.Go != nil {
			return "begin a subsegment before it starts and close it with CloseAndStream, or run xray-instrument on the package"
		}
		return "begin a segment for each item, or run xray-instrument on the package"
	case s.Root != nil:
		if s.Blind {
			return "pass " + s.Context.Text + " instead of " + types.ExprString(s.Root) + ", which does not have the request's values"
		}
		return "pass " + s.Context.Text + " instead of a root context"
	case len(s.Match.Idiom.XRay.Support()) > 0:
		return "run xray-instrument on the package"
	}
	return "use " + shortForm(s.Match.Idiom.XRay) + ", or run xray-instrument"
}

// around names the function that a site stands in.
func around(s *find.Site) string {
	switch s.Decl {
	case "", "var", "const", "type":
		return "the code around it"
	}
	return s.Decl
}

// docs is where the rules are explained.
const docs = "https://github.com/seed-4257438c/xray-instrument/blob/main/docs/"

// ownIdioms is where idioms of the user's own are explained.
const ownIdioms = docs + "configuration.md#idioms"

// urlOfSite returns the address of the documentation of a site's rule.
func urlOfSite(s *find.Site) string {
	if s.Match != nil && s.Rule == s.Match.Idiom.Name {
		return urlOfIdiom(s.Match.Idiom)
	}
	return urlOf(s.Rule)
}

// urlOfIdiom returns the address of an idiom's documentation, which may be that of the
// idiom that stands for it.
func urlOfIdiom(d *rules.Idiom) string {
	if d.Own != nil {
		return ownIdioms
	}
	return urlOf(cmp.Or(d.Of, d.Name))
}

// urlOf returns the address of a rule's documentation.
func urlOf(rule string) string {
	anchor := "#" + strings.ToLower(rule)
	switch rule {
	case find.WorkItem, find.Goroutine:
		return docs + "background.md" + anchor
	case find.Uncovered:
		return docs + "libraries.md" + anchor
	case IgnoreRule:
		return docs + "gate.md" + anchor
	case find.Capture, find.Annotate, find.Metadata:
		return docs + "directives.md" + anchor
	}
	for _, r := range misuse.Rules() {
		if r.Name == rule {
			return docs + "misuse.md" + anchor
		}
	}
	return docs + "idioms.md" + anchor
}

// Rules describes the rules, for forms of a report that carry their own help.
func Rules(c *rules.Catalog) []report.Rule {
	var out []report.Rule
	add := func(name string, kind rules.Kind, short, help string) {
		out = append(out, report.Rule{Name: name, Kind: string(kind), URL: urlOf(name), Short: short, Help: help})
	}
	for _, d := range c.Idioms {
		add(d.Name, d.Kind, firstSentence(d.Doc), d.Doc+"\n\nBefore:\n\n    "+indented(d.Plain.Source)+"\n\nAfter:\n\n    "+indented(d.XRay.Source))
		out[len(out)-1].URL = urlOfIdiom(d)
	}
	add(find.RootContext, rules.Custom, "A root context is given where the request's is in reach.", "Pass the request's context, so that the trace goes on.")
	add(find.Uncovered, rules.Custom, "A library is used that no rule covers.", "Its requests, statements or messages are missing from every trace. The reason says what to do by hand.")
	add(find.Capture, rules.Capture, "A function that is to be captured is not.", "`//xray:capture [name]` above a function asks for a subsegment of its body.")
	add(find.Annotate, rules.Annotation, "An annotation that is asked for is missing.", "`//xray:annotate key=expression` asks for an annotation, above a function on entry, above a statement behind it.")
	add(find.Metadata, rules.Annotation, "Metadata that is asked for is missing.", "`//xray:metadata key=expression` asks for metadata, as `//xray:annotate` does for annotations.")
	add(find.WorkItem, rules.Capture, "Background work begins no segment.", "What a ticker, a queue or a scheduler has done is a trace of its own: begin a segment for each item.")
	add(find.Goroutine, rules.Capture, "A goroutine that outlives its function has no subsegment.", "What it does when the request is over is sent late or not at all: begin a subsegment before it starts, and close it with CloseAndStream.")
	for _, r := range misuse.Rules() {
		add(r.Name, Misuse, r.Doc, r.Doc)
	}
	add(IgnoreRule, Directive, "An ignore directive has no effect.", "`//xray:ignore RULE reason` stands on the line above what it is about.")
	return out
}

func firstSentence(doc string) string {
	text := strings.Join(strings.Fields(doc), " ")
	if i := strings.Index(text, ". "); i >= 0 {
		return text[:i+1]
	}
	return text
}

func indented(source string) string { return strings.ReplaceAll(source, "\n", "\n    ") }
