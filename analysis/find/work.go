package find

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/analysis/work"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// WorkItem is the rule of items of background work that begin segments of their
// own. It is no idiom of the catalog: what it adds are statements at several places.
const WorkItem = "WorkItem"

// WorkPrefix begins the names of the support code that begins a segment for an item
// of work: xrayWork, and forms of it that continue the trace of a message.
const WorkPrefix = "xrayWork"

// Goroutine is the rule of goroutines that outlive their function and get a subsegment.
const Goroutine = "Goroutine"

// Work is what is to be done about an item of work.
type Work struct {
	Item  *scope.Item
	Name  string // what the work is; the service's name stands before it
	First ast.Stmt
	Last  ast.Stmt   // in a loop: the last statement that needs the segment
	Outs  []ast.Stmt // in a loop: where control leaves it between the two
	End   string     // the name of what ends the segment
	Needs []ast.Node // what is in the segment
}

// Support returns the support code that the work's edits use.
func (w *Work) Support() []string {
	if w.Item.Go != nil {
		return []string{GoSupport, DoneSupport}
	}
	if w.Item.Begin != "" {
		return []string{w.Item.Begin}
	}
	return []string{WorkPrefix}
}

// Ends reports whether control never comes behind the item's last statement.
func (w *Work) Ends() bool { return work.Ends(w.Last) }

// NewScope returns the scope of a package with its items of background work, of the
// rules that are wanted; tests have none.
func NewScope(c *rules.Catalog, p *Package, view View, wanted func(rule string) bool) (*scope.Package, []*scope.Item) {
	messages := c.Messages()
	sc := &scope.Package{Types: p.Types, Info: p.Info, Parents: Parents(p), Carrier: Carriers(c, p.Types, view), Begins: p.beginsSegment}
	sc.Elsewhere = func(name string) bool { return view.Survey != nil && view.Survey().Started[name] }
	sc.Message = func(t types.Type) string { return messages[rules.MessageKey(t)] }
	sc.Support = func(obj types.Object) bool { _, ok := p.SupportName(obj); return ok }
	var files []*ast.File
	for _, f := range p.Files {
		if f != p.Support && !strings.HasSuffix(f.Path, "_test.go") {
			files = append(files, f.Syntax)
		}
	}
	items := slices.DeleteFunc(work.Find(sc, files), func(it *scope.Item) bool { return !wanted(ruleOf(it)) })
	sc.Work(items)
	return sc, items
}

// beginsSegment reports whether a call begins a segment: of the X-Ray SDK's
// functions, or of the support code.
func (p *Package) beginsSegment(call *ast.CallExpr) bool {
	fn := calleeOf(p.Info, call)
	switch {
	case fn == nil || fn.Pkg() == nil:
		return false
	case rules.IsSDK(fn.Pkg().Path()):
		return strings.HasPrefix(fn.Name(), "BeginSegment") || fn.Name() == "NewSegmentFromHeader"
	}
	name, ok := p.SupportName(fn)
	return ok && strings.HasPrefix(name, WorkPrefix)
}

// workItems adds the items of work in which something is traced. It reports whether
// one turned out to begin no segment, so that nothing in it has its context: what was
// decided of the package's sites does not hold then.
func (f *finder) workItems() (refused bool) {
	for _, it := range f.items {
		if it.Refused != "" && it.Refused != work.Begun {
			continue
		}
		needs := f.carriers(it)
		if len(needs) == 0 {
			refused = f.idle(it) || refused
			continue
		}
		s := &Site{File: f.fileOf(it.Node), Node: it.Node, Pos: it.Node.Pos(), Kind: rules.Capture, Rule: ruleOf(it), Decl: f.declaration(it.Node)}
		if it.Refused == work.Begun {
			s.Status = Already
			f.sites = append(f.sites, s)
			continue
		}
		s.Work = &Work{Item: it, Name: f.workName(it, needs), Needs: needs}
		reason, ignored := f.ignoredWork(s)
		switch {
		case ignored:
			it.Refused, it.Ignored = "ignored: "+reason, true
		case s.File.Reason != "":
			it.Refused = s.File.Reason
		default:
			if it.Go == nil { // a subsegment starts no goroutine that stays
				it.Refused = f.counted()
			}
			it.Refused = cmp.Or(it.Refused, f.span(s.Work, needs))
		}
		if it.Refused != "" {
			it.Late, refused = true, true
			continue
		}
		s.Status = Traceable
		f.sites = append(f.sites, s)
	}
	return refused
}

// ignoredWork is ignored for an item of work, or for what starts it.
func (f *finder) ignoredWork(s *Site) (reason string, ignored bool) {
	reason, ignored = f.ignores[s.File].ignored(f.p.Fset, f.parents, s)
	for _, n := range s.Work.Item.By {
		if !ignored {
			by := &Site{Node: n, Pos: n.Pos(), Rule: s.Rule, Kind: s.Kind}
			reason, ignored = f.ignores[f.fileOf(n)].ignored(f.p.Fset, f.parents, by)
		}
	}
	return reason, ignored
}

// ruleOf returns the rule that an item falls under.
func ruleOf(it *scope.Item) string {
	if it.Go != nil {
		return Goroutine
	}
	return WorkItem
}

// nothing is why an item begins no segment that would have nothing in it.
const nothing = "nothing in it is traced"

// idle refuses an item in which nothing is traced. It reports whether a site relies on
// its context all the same: a line of a log, which is no reason to begin a segment, or a
// root context that was to give way to it.
func (f *finder) idle(it *scope.Item) bool {
	if it.Refused == work.Begun {
		return false
	}
	it.Refused = nothing
	return it.Call != nil && it.From != "" && it.Own != nil || slices.ContainsFunc(f.sites, func(s *Site) bool { return s.Context.Item == it })
}

// refusedItems adds the items that begin no segment although something in them
// would be traced.
func (f *finder) refusedItems() {
	for _, it := range f.items {
		if it.Refused == "" || it.Refused == nothing || it.Refused == work.Begun || !it.Late && !f.lacking(it) {
			continue
		}
		f.sites = append(f.sites, &Site{File: f.fileOf(it.Node), Node: it.Node, Pos: it.Node.Pos(), Kind: rules.Capture, Rule: ruleOf(it),
			Decl: f.declaration(it.Node), Status: Skipped, Reason: it.Refused, Ignored: it.Ignored})
	}
}

// lacking reports whether something in an item that begins no segment is traced, or
// would be if it had a context.
func (f *finder) lacking(it *scope.Item) bool {
	if len(f.carriers(it)) > 0 {
		return true
	}
	return slices.ContainsFunc(f.sites, func(s *Site) bool {
		return s.Status == Skipped && s.Reason == NoContext && f.statement(it, s.Node) >= 0
	})
}

func (f *finder) fileOf(n ast.Node) *File {
	for _, file := range f.p.Files {
		if file.Syntax.FileStart <= n.Pos() && n.Pos() < file.Syntax.FileEnd {
			return file
		}
	}
	return nil
}

// carriers returns the calls of an item that would carry its segment's context, in
// source order.
func (f *finder) carriers(it *scope.Item) []ast.Node {
	if it.Call != nil {
		return f.startedCarrier(it)
	}
	var out []ast.Node
	sites, found := map[ast.Node]bool{}, false
	for _, s := range f.sites {
		if s.Status != Traceable || !f.view.Rules.Has(s.Rule, s.Kind) || f.statement(it, s.Node) < 0 {
			continue
		}
		given, derived := s.Context.Item == it, false
		if v := s.Context.Var; !given && s.Context.Item == nil && v != nil { // it will be given what the item has made
			given, derived = f.isOf(v, it)
		}
		sites[s.Node] = sites[s.Node] || given || derived
		found = found || given && s.Kind != rules.Log
	}
	for _, stmt := range it.List {
		ast.Inspect(stmt, func(n ast.Node) bool {
			given, derived := false, false
			if call, ok := n.(*ast.CallExpr); ok {
				given, derived = f.isGiven(call, it)
			}
			found = found || given
			if n != nil && sites[n] || given || derived {
				out = append(out, n)
			}
			return true
		})
	}
	if !found {
		return nil
	}
	return out
}

// isGiven reports whether a call carries the item's context already, or one that the
// item has made itself, perhaps of the root context which gives way to it.
func (f *finder) isGiven(call *ast.CallExpr, it *scope.Item) (given, derived bool) {
	if _, isGo := f.parents[call].(*ast.GoStmt); isGo && f.waitsForWork(call) {
		return false, false
	}
	to := f.carried(call)
	if (to == nil || !f.carriesTrace(to) && !f.isTraceable(call)) && !f.handles(call, it) {
		return false, false
	}
	for _, a := range call.Args {
		ast.Inspect(a, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			v, ok := f.p.Info.Uses[id].(*types.Var)
			if !ok || v.IsField() || !match.IsContext(v.Type()) {
				return true
			}
			g, d := f.isOf(v, it)
			given, derived = given || g || it.Refused == work.Begun, derived || d
			return true
		})
	}
	return given, derived
}

// isOf reports whether a context is the item's or made of it, and whether the item has made
// it itself.
func (f *finder) isOf(v *types.Var, it *scope.Item) (given, derived bool) {
	given = it.Base != nil && f.scope.MadeOf(v, it.Base) || it.Plain != nil && f.p.Info.Defs[it.Plain.Lhs[0].(*ast.Ident)] == v
	return given, it.Holds(v)
}

// span sets where an item's segment begins and ends, or says why that cannot be
// told.
func (f *finder) span(w *Work, needs []ast.Node) string {
	it := w.Item
	if it.Call != nil {
		return f.apart(it)
	}
	w.End = f.endName(it)
	if it.Func != nil {
		w.First = firstOf(it.List, needs)
		if it.Plain != nil && needs[0].Pos() < it.Plain.Pos() {
			return "its context is declared behind a call that is traced: declare it first"
		}
		return ""
	}
	needs, reason := f.withLater(it, needs)
	if reason != "" {
		return reason
	}
	first, last := f.statement(it, needs[0]), f.statement(it, needs[len(needs)-1])
	first = min(first, f.derived(it, last))
	if it.Plain != nil {
		at := slices.Index(it.List, ast.Stmt(it.Plain))
		if at > first {
			return "its context is declared behind a call that is traced: declare it first"
		}
		first = at
	}
	w.First, w.Last = it.List[first], it.List[last]
	part := it.List[first : last+1]
	for _, s := range part {
		if reason := f.late(s, needs); reason != "" {
			return reason
		}
	}
	w.Outs = work.Ways(part)
	for _, out := range w.Outs {
		for _, n := range needs {
			if out.Pos() <= n.Pos() && n.Pos() < out.End() {
				return "it is left with the result of a traced call: put that into a variable in front of the " + wayName(out)
			}
		}
	}
	return ""
}

func wayName(s ast.Stmt) string {
	if b, ok := s.(*ast.BranchStmt); ok {
		return b.Tok.String()
	}
	return "return"
}

// statement returns the index of the item's statement that a node stands in.
func (f *finder) statement(it *scope.Item, n ast.Node) int {
	return slices.IndexFunc(it.List, func(s ast.Stmt) bool { return s.Pos() <= n.Pos() && n.Pos() < s.End() })
}

// derived returns the index of the first statement, up to last, that makes another
// context of the item's: it must be made of the segment's. One that only declares a
// variable of the same name again comes before the segment.
func (f *finder) derived(it *scope.Item, last int) int {
	for i, s := range it.List[:last] {
		as, ok := s.(*ast.AssignStmt)
		if !ok || it.Base == nil || len(as.Rhs) != 1 || !f.mentions(as.Rhs[0], it.Base) {
			continue
		}
		v, ok := f.p.Info.ObjectOf(scope.IdentOf(as.Lhs[0])).(*types.Var)
		if !ok || !match.IsContext(v.Type()) || len(as.Lhs) == 1 && v.Name() == it.Ctx && as.Tok == token.DEFINE {
			continue
		}
		return i
	}
	return last
}

// mentions reports whether a node mentions a variable.
func (f *finder) mentions(n ast.Node, v *types.Var) bool {
	return slices.ContainsFunc(f.scope.Uses(v), func(id *ast.Ident) bool { return n.Pos() <= id.Pos() && id.Pos() < n.End() })
}

// late says which traced call of a statement would run when the item's segment has
// ended, or "".
func (f *finder) late(s ast.Stmt, needs []ast.Node) string {
	reason := ""
	ast.Inspect(s, func(n ast.Node) bool {
		why := ""
		switch n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt:
			why = "a deferred call in it is traced, and runs when the loop has ended: put what is done for each item into a function"
		}
		for _, need := range needs {
			if why != "" && n.Pos() <= need.Pos() && need.Pos() < n.End() {
				reason = why
			}
		}
		return reason == ""
	})
	return reason
}

// endName returns a name that nothing in the function around an item has.
func (f *finder) endName(it *scope.Item) string {
	var around ast.Node = it.Node
	for n := around; n != nil; n = f.parents[n] {
		if _, ok := n.(*ast.FuncDecl); ok {
			around = n
		}
	}
	return freshIn(around, "end", "endWork")
}

// workName says what an item does: the one function of the program that it calls,
// or the function around it.
func (f *finder) workName(it *scope.Item, needs []ast.Node) string {
	if len(needs) == 1 {
		n := needs[0]
		for n != nil {
			call, ok := n.(*ast.CallExpr)
			if ok {
				if fn := f.callee(call); fn != nil && fn.Pkg() != nil && (fn.Pkg() == f.p.Types || f.view.IsOwn(fn.Pkg().Path())) {
					return wordsOf(fn)
				}
			}
			if _, ok := n.(ast.Expr); !ok {
				break
			}
			n = f.parents[n]
		}
	}
	if fn := f.functionAround(it.Node); fn != nil {
		return wordsOf(fn)
	}
	return "work"
}

// plainWords are names of functions that say nothing of what they do.
var plainWords = []string{"run", "start", "loop", "work", "worker", "process", "handle", "do", "execute", "exec", "serve", "listen", "consume", "poll", "init", "watch"}

// wordsOf returns a function's name in words, with its type's where it says little.
func wordsOf(fn *types.Func) string {
	name := kebab(fn.Name())
	if recv := fn.Signature().Recv(); recv != nil && slices.Contains(plainWords, name) {
		if t := rules.TypeName(recv.Type()); t != "" {
			return kebab(t) + "-" + name
		}
	}
	return name
}

// kebab puts a Go name into lower-case words: SyncURLs is sync-urls.
func kebab(name string) string {
	var b strings.Builder
	r := []rune(name)
	for i, c := range r {
		starts := i > 0 && unicode.IsUpper(c) && (!unicode.IsUpper(r[i-1]) || i+1 < len(r) && unicode.IsLower(r[i+1]) && !(r[i+1] == 's' && i+2 == len(r)))
		if starts && r[i-1] != '_' {
			b.WriteByte('-')
		}
		if c == '_' {
			if i > 0 {
				b.WriteByte('-')
			}
			continue
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return strings.Trim(b.String(), "-")
}
