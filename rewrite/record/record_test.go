package record_test

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-4257438c/xray-instrument/analysis/edit/imports"
	"github.com/seed-4257438c/xray-instrument/rewrite/record"
)

// words are the texts that random records are made of: whatever a file, a
// declaration or an import line may hold.
var words = []string{
	"main.go", "a b.go", "(*Store).Load", "T.M", "var", "", "x\"y", "back\\slash", "context.Background()", "\t\"database/sql\"\n",
	"\tsql \"database/sql\" // the driver's\r\n", "module", "+", "-", "//", "ünïcode", "a\x00b", "\u2028", "0", "context.WithTimeout(\n\tctx,\n)",
	"\xff\xfe", "'", "`raw`", "#",
}

func word(r *rand.Rand) string { return words[r.IntN(len(words))] }

// name returns a word that is not empty.
func name(r *rand.Rand) string {
	for {
		if w := word(r); w != "" {
			return w
		}
	}
}

// file returns a file's name, and decl a declaration's: they are no bare signs.
func file(r *rand.Rand) string { return word(r) + ".go" }
func decl(r *rand.Rand) string { return word(r) + "F" }

func random(r *rand.Rand) *record.Record {
	rec := &record.Record{}
	for range r.IntN(5) {
		rec.Sites = append(rec.Sites, record.Site{File: file(r), Decl: decl(r), Rule: "DBQuery", Digest: record.Digest(word(r)), Index: r.IntN(12), Old: word(r)})
	}
	for range r.IntN(4) {
		rec.Imports = append(rec.Imports, []imports.Change{
			{File: file(r), Added: name(r)},
			{File: file(r), Added: name(r), Single: true},
			{File: file(r), Added: name(r), Apart: true},
			{File: file(r), Blanked: name(r), Name: word(r)},
			{File: file(r), Dropped: name(r), After: word(r), Lines: r.IntN(9)},
		}[r.IntN(5)])
	}
	if r.IntN(2) == 0 {
		rec.Module = word(r)
	}
	return rec
}

// sorted puts a record's entries in an order of their own, as Format does in its.
var sorted = []cmp.Option{
	cmpopts.SortSlices(func(a, b record.Site) bool { return siteKey(a) < siteKey(b) }),
	cmpopts.SortSlices(func(a, b imports.Change) bool { return importKey(a) < importKey(b) }),
	cmpopts.EquateEmpty(),
}

func siteKey(s record.Site) string {
	return strings.Join([]string{s.File, s.Decl, s.Rule, s.Digest, fmt.Sprint(s.Index), s.Old}, "\x01")
}

func importKey(i imports.Change) string {
	return strings.Join([]string{i.File, i.Added, i.Dropped, i.After, i.Blanked, i.Name, fmt.Sprint(i.Lines, i.Single, i.Apart)}, "\x01")
}

func TestParseFormat(t *testing.T) {
	for seed := range uint64(3000) {
		rec := random(rand.New(rand.NewPCG(seed, 3)))
		text := rec.Format()
		got := record.Parse([]byte("// Code generated.\n\n" + text + "\npackage p\n"))
		if diff := cmp.Diff(rec, got, sorted...); diff != "" {
			t.Fatalf("seed %d: Parse(Format(r)) differs (-r +got):\n%s\n%s", seed, diff, text)
		}
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "//") {
				t.Fatalf("seed %d: a line is no comment: %q", seed, line)
			}
		}
		if again := got.Format(); again != text {
			t.Fatalf("seed %d: Format is not stable:\n%s", seed, cmp.Diff(text, again))
		}
	}
}

// TestFormatSorted: the order in which sites were found does not show.
func TestFormatSorted(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	rec := random(r)
	for len(rec.Sites) < 3 {
		rec = random(r)
	}
	want := rec.Format()
	sort.Slice(rec.Sites, func(i, j int) bool { return siteKey(rec.Sites[i]) > siteKey(rec.Sites[j]) })
	if got := rec.Format(); got != want {
		t.Errorf("another order, another text:\n%s", cmp.Diff(want, got))
	}
}

func TestParseDamaged(t *testing.T) {
	rec := &record.Record{Sites: []record.Site{
		{File: "a.go", Decl: "F", Rule: "DBExec", Digest: "00000000"}, {File: "b.go", Decl: "G", Rule: "DBPing", Digest: "11111111", Index: 1},
	}}
	text := rec.Format()
	tests := map[string]struct{ src, replace, with string }{
		"carriage returns":  {text, "\n", "\r\n"},
		"a conflict marker": {text, "//\tb.go", "//\t<<<<<<< ours\n//\tb.go"},
		"an unknown line":   {text, "//\tb.go", "//\tfuture things of a later version here, many words\n//\tb.go"},
		"a broken quote":    {text, "//\tb.go", "//\t\"unfinished\n//\tb.go"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := record.Parse([]byte(strings.ReplaceAll(tt.src, tt.replace, tt.with)))
			if diff := cmp.Diff(rec, got, sorted...); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFormatEmpty(t *testing.T) {
	if got := (&record.Record{}).Format(); got != "" {
		t.Errorf("an empty record is %q", got)
	}
	if diff := cmp.Diff(&record.Record{}, record.Parse([]byte("package p\n")), sorted...); diff != "" {
		t.Error(diff)
	}
}

// FuzzParse: any text is read without a panic, and what was read survives being
// written.
func FuzzParse(f *testing.F) {
	f.Add([]byte((&record.Record{Sites: []record.Site{{File: "a.go", Decl: "F", Rule: "R", Digest: "d", Old: "context.TODO()"}}}).Format()))
	f.Add([]byte((&record.Record{Imports: []imports.Change{{File: "a.go", Added: "fmt", Single: true}, {File: "b", Dropped: "x", Lines: 2}}, Module: "m"}).Format()))
	f.Add([]byte("// Sites and imports that -remove takes back:\n//\n//\t\"\n//\ta - b 99999999999999999999 c\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		rec := record.Parse(src)
		again := record.Parse([]byte(rec.Format()))
		if diff := cmp.Diff(rec, again, sorted...); diff != "" {
			t.Errorf("(-read +written and read):\n%s", diff)
		}
	})
}
