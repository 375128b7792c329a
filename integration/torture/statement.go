package torture

import (
	"fmt"
	"strings"
)

// statement makes a statement at a place, or "" where it does not fit.
type statement struct {
	weight int
	make   func(*scope) string
}

// statements is filled by init: they make statements themselves.
var statements []statement

func init() {
	statements = []statement{
		{30, sqlStatement}, {14, httpStatement}, {20, callStatement}, {5, rootStatement},
		{5, printStatement}, {5, hideStatement}, {5, deriveStatement}, {5, shutStatement},
		{4, ifStatement}, {4, forStatement}, {3, switchStatement}, {3, selectStatement}, {2, bareBlock},
		{4, literalStatement}, {3, deferStatement}, {3, waitedStatement}, {3, laterStatement}, {2, iteratorStatement}, {2, typeStatement}, {5, writerStatement},
	}
}

// block makes n statements, each of which sees what those before it declare.
func (g *gen) block(sc *scope, n int) string {
	var b strings.Builder
	if !sc.can("env") {
		return ""
	}
	for range n {
		if !sc.can("env") {
			break
		}
		b.WriteString(g.keep(func() string { return g.statement(sc) }))
	}
	return b.String()
}

// statement makes one statement with a comment now and then.
func (g *gen) statement(sc *scope) string {
	total := 0
	for _, s := range statements {
		total += s.weight
	}
	text := ""
	for range 5 {
		n := g.IntN(total)
		for _, s := range statements {
			if n -= s.weight; n < 0 {
				text = s.make(sc)
				break
			}
		}
		if text != "" {
			break
		}
	}
	if text == "" {
		return ""
	}
	switch g.IntN(12) {
	case 0:
		text = "// " + pick(g, "A line of its own.", "TODO(x): none", "db.Exec(\"x\")") + "\n" + text
	case 1:
		text += pick(g, " // behind", " /* behind */")
	case 2:
		text = "/* before */ " + text
	case 3:
		text = "\n" + text + "\n"
	}
	return text + "\n"
}

func printStatement(sc *scope) string { return sc.print(`"line", ` + sc.argument("n")) }

// hideStatement declares a variable whose name hides something.
func hideStatement(sc *scope) string {
	name := pick(sc.g, nasty...)
	if sc.file.local["env"] == name || sc.hidden[name] {
		return ""
	}
	value := pick(sc.g, "1", `"text"`, "[]int{1}", "struct{ a int }{2}")
	if len(sc.vars["n"]) > 0 && sc.g.chance(30) {
		value = sc.vars["n"][0]
	}
	text := pick(sc.g, name+" := "+value, "var "+name+" = "+value, "const "+name+" = 7")
	sc.hide(name)
	return text + "\n" + sc.print(name)
}

// deriveStatement declares a context that is made from another one.
func deriveStatement(sc *scope) string {
	list := sc.vars["ctx"]
	if reqs := sc.vars["req"]; len(list) == 0 && len(reqs) > 0 {
		list = []string{reqs[0] + ".Context()"}
	}
	if len(list) == 0 || !sc.can("context") || !sc.can("time") {
		return ""
	}
	from := list[len(list)-1]
	name := pick(sc.g, "ctx", "ctx", "inner", sc.g.unique("c"))
	if name == sc.file.local["context"] || sc.hidden[name] && name != from {
		return ""
	}
	cancel := sc.g.unique("cancel")
	text := ""
	switch sc.g.IntN(4) {
	case 0:
		text = fmt.Sprintf("%s, %s := @context.WithTimeout(%s, @time.Hour)\ndefer %s()\n", name, cancel, from, cancel)
	case 1:
		text = fmt.Sprintf("type %s struct{}\n%s := @context.WithValue(%s, %s{}, 1)\n", cancel, name, from, cancel)
	case 2:
		text = fmt.Sprintf("%s, %s := @context.WithCancel(%s)\ndefer func() { %s() }()\n", name, cancel, from, cancel)
	case 3:
		text = fmt.Sprintf("var %s @context.Context = %s\n", name, from)
	}
	if name == from { // it may be declared in this very block
		text = "if true {\n" + text + "_ = " + name + "\n" + sc.g.block(sc.inner(), 2) + "}"
		return text
	}
	sc.declare("ctx", name)
	return text + "_ = " + name
}

// shutStatement declares a database, client or number under a new name.
func shutStatement(sc *scope) string {
	kind := pick(sc.g, "db", "client", "n")
	from := sc.argument(kind)
	name := pick(sc.g, sc.g.unique("v"), pick(sc.g, nasty...))
	if sc.file.local["env"] == name || sc.hidden[name] || strings.Contains(from, "@") && !sc.can("http") {
		return ""
	}
	sc.declare(kind, name)
	return fmt.Sprintf("%s := %s\n_ = %s", name, from, name)
}

func ifStatement(sc *scope) string {
	n := sc.argument("n")
	text := fmt.Sprintf("if %s >= 0 {\n%s}", n, sc.g.block(sc.inner(), 2))
	if sc.g.chance(40) {
		text += fmt.Sprintf(" else if %s < -1 {\n%s} else {\n%s}", n, sc.g.block(sc.inner(), 1), sc.g.block(sc.inner(), 1))
	}
	return text
}

func forStatement(sc *scope) string {
	g, in := sc.g, sc.inner()
	if sc.depth > 2 {
		return ""
	}
	i, label := g.unique("i"), ""
	in.declare("n", i)
	in.loop = pick(g, "continue", "break")
	if g.chance(40) {
		label = g.unique("loop")
		in.loop += " " + label
	}
	head := pick(g, i+" := 0; "+i+" < 2; "+i+"++", i+" := range 2", i+" := range []int{4, 5}")
	body := g.block(in, 2)
	text := fmt.Sprintf("for %s {\n_ = %s\n%s}", head, i, body)
	if label != "" {
		return label + ":\n" + strings.Replace(text, "_ = "+i, fmt.Sprintf("if %s > 8 {\ncontinue %s\n}", i, label), 1)
	}
	return text
}

func switchStatement(sc *scope) string {
	g, n := sc.g, sc.argument("n")
	return fmt.Sprintf("switch %s := %s + 1; {\ncase %s > 3:\n%sdefault:\n%s}", "sw", n, "sw", g.block(sc.inner(), 2), g.block(sc.inner(), 2))
}

func selectStatement(sc *scope) string {
	g, ch := sc.g, sc.g.unique("ch")
	in := sc.inner()
	in.loop = ""
	return fmt.Sprintf("%s := make(chan int, 1)\n%s <- 3\nselect {\ncase v, ok := <-%s:\n%s\n%s}", ch, ch, ch, sc.print("v, ok"), g.block(in, 2))
}

func bareBlock(sc *scope) string { return "{\n" + sc.g.block(sc.inner(), 2) + "}" }

// literalStatement calls a function literal, in one of the ways.
func literalStatement(sc *scope) string {
	g := sc.g
	if sc.depth > 2 || !sc.knows("error", "nil") {
		return ""
	}
	r := results(g.IntN(3))
	in := sc.literal(r)
	v := g.unique("f")
	switch g.IntN(6) {
	case 0:
		in := sc.literal(noResult)
		return "func() {\n" + g.block(in, 2) + "}()"
	case 1:
		in.declare("n", v+"n")
		return fmt.Sprintf("%s := func(%sn int) %s {\n%s%s}\n%s(1)\n%s(2)", v, v, r, g.block(in, 2), in.ending(), v, v)
	case 2:
		if !sc.can("sync") {
			return ""
		}
		in := sc.literal(noResult)
		return fmt.Sprintf("var %s @sync.Once\n%s.Do(func() {\n%s})", v, v, g.block(in, 2))
	case 3:
		in := sc.literal(noResult)
		in.declare("n", v)
		return fmt.Sprintf("@env.Each(2, func(%s int) {\n%s})", v, g.block(in, 2))
	case 4:
		if !sc.knows("string") {
			return ""
		}
		return fmt.Sprintf("%s := map[string]func() %s{\"a\": func() %s {\n%s%s}}\n%s[\"a\"]()", v, r, r, g.block(in, 2), in.ending(), v)
	}
	if !sc.can("sort") {
		return ""
	}
	in = sc.literal(boolResult)
	return fmt.Sprintf("%s := []int{2, 1}\n@sort.Slice(%s, func(i, j int) bool {\n%sreturn %s[i] < %s[j]\n})", v, v, g.block(hideAll(in, "i", "j"), 1), v, v)
}

func hideAll(sc *scope, names ...string) *scope {
	for _, name := range names {
		sc.hide(name)
	}
	return sc
}

func deferStatement(sc *scope) string {
	g := sc.g
	if sc.loop != "" {
		return ""
	}
	if g.chance(50) {
		if text := g.anyCall(sc); text != "" {
			return "defer " + text
		}
	}
	return "defer func() {\n" + pick(g, "", "if p := recover(); p != nil {\n"+sc.print("p")+"\n}\n") + g.block(sc.literal(noResult), 2) + "}()"
}

// waitedStatement starts a goroutine and waits for it, and for what it defers.
func waitedStatement(sc *scope) string {
	g := sc.g
	if sc.depth > 2 {
		return ""
	}
	done := g.unique("done")
	in := sc.literal(noResult)
	body := g.block(in, 2)
	if g.chance(50) || !sc.can("sync") {
		return fmt.Sprintf("%s := make(chan bool)\ngo func() {\ndefer close(%s)\n%s}()\n<-%s", done, done, body, done)
	}
	return fmt.Sprintf("var %s @sync.WaitGroup\n%s.Add(1)\ngo func() {\ndefer %s.Done()\n%s}()\n%s.Wait()", done, done, done, body, done)
}

// laterStatement starts a goroutine that outlives the function and the request, and hands both on.
func laterStatement(sc *scope) string {
	g := sc.g
	if sc.depth > 2 {
		return ""
	}
	turn, done := g.unique("turn"), g.unique("done")
	start := fmt.Sprintf("%s, %s := @env.Later(%s)\n", turn, done, g.quoted())
	if g.chance(30) {
		in := sc.outlived()
		name := pick(g, "n", "id", "ctx", "http")
		arg := sc.argument("n")
		in.declare("n", name)
		if in.can("env") {
			return start + fmt.Sprintf("go func(%s int) {\ndefer %s()\n%s()\n%s}(%s)", name, done, turn, g.block(in, 2), arg)
		}
	}
	in := sc.outlived()
	return start + fmt.Sprintf("go func() {\ndefer %s()\n%s()\n%s}()", done, turn, g.block(in, 2))
}

func iteratorStatement(sc *scope) string {
	in, i := sc.inner(), sc.g.unique("i")
	in.declare("n", i)
	in.loop = pick(sc.g, "continue", "break")
	return fmt.Sprintf("for %s := range @env.Seq(2) {\n_ = %s\n%s}", i, i, sc.g.block(in, 2))
}

// typeStatement declares types inside a function, whose names hide others.
func typeStatement(sc *scope) string {
	name := pick(sc.g, "Context", "ctx", "http", "request", "xray")
	if sc.hidden[name] || sc.file.local["env"] == name {
		return ""
	}
	for _, local := range sc.file.local {
		if local == "." && name == "Context" {
			return ""
		}
	}
	sc.hide(name)
	return fmt.Sprintf("type %s struct{ a, b int }\n%s", name, sc.print(name+"{1, 2}"))
}

// callStatement calls a function of the unit and uses what it returns.
func callStatement(sc *scope) string {
	g := sc.g
	list := g.later(sc)
	if len(list) == 0 {
		return ""
	}
	fn := pick(g, list...)
	call := g.call(sc, fn)
	if call == "" {
		return ""
	}
	if !sc.knows("nil", "err") {
		return call
	}
	switch fn.results {
	case noResult:
		return call
	case errorResult:
		return pick(g, call, "_ = "+call, fmt.Sprintf("if err := %s; err != nil {\n%s\n}", call, sc.print("err")), sc.print(call))
	}
	v := g.unique("v")
	return pick(g, call, fmt.Sprintf("@env.Both[int](%s)(%s)", g.quoted(), call),
		fmt.Sprintf("%s, _ := %s\n%s", v, call, sc.print(v)),
		fmt.Sprintf("if %s, err := %s; err == nil {\n%s\n}", v, call, sc.print(v)),
		fmt.Sprintf("switch %s, err := %s; err {\ncase nil:\n%s\ndefault:\n%s\n}", v, call, sc.print(v), sc.print("err")),
		fmt.Sprintf("%s := func() {\n%s\n}\n%s()", v, call, v))
}

// anyCall is a call of a function of the unit, or of the database.
func (g *gen) anyCall(sc *scope) string {
	list := g.later(sc)
	if len(list) > 0 && g.chance(60) {
		return g.call(sc, pick(g, list...))
	}
	return fmt.Sprintf("%s.Exec(%s)", sc.argument("db"), g.query())
}

// rootStatement gives a traced call a context that belongs to nobody, where a better one may be in reach.
func rootStatement(sc *scope) string {
	if !sc.can("context") {
		return ""
	}
	root := "@context." + pick(sc.g, "Background", "TODO") + "()"
	return fmt.Sprintf("%s.ExecContext(%s, %s)", sc.argument("db"), root, sc.g.query())
}
