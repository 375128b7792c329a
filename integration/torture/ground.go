package torture

import (
	"fmt"
	"strings"
)

// writeGround declares what the functions of each package use: a database, clients, a service.
func (g *gen) writeGround() {
	for _, p := range []*pack{g.base, g.store} {
		f := pick(g, p.files...)
		open := pick(g,
			"db, err := @sql.Open(%q, %q)\nif err != nil {\npanic(err)\n}\nreturn db",
			"if db, err := @sql.Open(%q, %q); err == nil {\nreturn db\n}\nreturn nil",
			"db, _ := @sql.Open(\n%q,\n%q, // the address\n)\nreturn db")
		open = fmt.Sprintf(open, "postgres", "postgres://"+g.unit)
		if g.chance(20) {
			open = "return @sql.OpenDB(@env.Connector(" + g.quoted() + "))"
		}
		// Without the driver's package, which this imports, it would depend on the order of all imports whether there is a driver.
		f.decls = append(f.decls, "var _ = @env.Seq", "// TheDB is the package's database.\nvar TheDB = open()\n\nfunc open() *@sql.DB {\n"+open+"\n}",
			"var TheClient = "+pick(g, "&@http.Client{}", "&@http.Client{Timeout: @time.Minute}", "new(@http.Client)", "@http.DefaultClient")+"\n\nvar OwnClient @http.Client",
			"// Service is what methods belong to.\ntype Service struct {\n\tname string\n\tdb   *@sql.DB\n}\n\n// Default is the service.\nvar Default = &Service{db: TheDB}")
		if g.chance(30) {
			f.decls = append(f.decls, g.keep(func() string {
				return pick(g, "var ctx = 1", "type xrayHandler struct{}", "func xrayOpen() {}", "const xrayTransport = 2", "var reqCtx, xrayWork any", "type ctxKey struct{}")
			}))
		}
	}
}

// writeRun writes the function that serves the unit's requests, and its handlers.
func (g *gen) writeRun() {
	f := pick(g, g.base.files...)
	sc := &scope{g: g, file: f, number: -1, vars: map[string][]string{}, hidden: map[string]bool{}}
	var routes, asks []string
	for i := range 1 + g.IntN(3) {
		path := fmt.Sprintf("/a%d", i)
		routes = append(routes, g.keep(func() string { return g.writeHandler(i, path) }))
		asks = append(asks, fmt.Sprintf("@env.Ask(%s, l, %q)", g.quoted(), path))
	}
	begin, end := g.server()
	before := g.block(sc.inner(), 2)
	worker := g.keep(g.writeWorker)
	f.decls = append(f.decls, join("// Run does what the unit does.", "func Run() {", "{", before, "}",
		"l := @env.Listen()", "mux := @http.NewServeMux()", strings.Join(routes, "\n"), begin, strings.Join(asks, "\n"), end,
		worker, "@env.Settle("+g.quoted()+")", "}"))
	g.writeTest()
}

// server returns how the mux is served, and how that ends.
func (g *gen) server() (begin, end string) {
	switch g.IntN(5) {
	case 0:
		return "go @http.Serve(l, mux)", "l.Close()"
	case 1:
		return "srv := @http.Server{Handler: mux}\ngo srv.Serve(l)", "srv.Close()"
	case 2:
		return "srv := new(@http.Server)\nsrv.Handler = mux\ngo srv.Serve(l)", "srv.Close()"
	case 3:
		return "srv := &@http.Server{\nReadTimeout: @time.Hour,\nHandler: @http.HandlerFunc(func(w @http.ResponseWriter, r *@http.Request) {\nmux.ServeHTTP(w, r)\n}),\n}\ngo func() {\n_ = srv.Serve(l)\n}()", "srv.Close()"
	}
	return "srv := &@http.Server{Addr: \":0\", Handler: mux}\ngo srv.Serve(l)", "defer srv.Close()"
}

// writeHandler declares a handler and returns the statement that registers it.
func (g *gen) writeHandler(i int, path string) string {
	f := pick(g, g.base.files...)
	sc := &scope{g: g, file: f, number: -1, vars: map[string][]string{}, hidden: map[string]bool{}}
	w, r := pick(g, "w", "rw", "http", "_"), pick(g, "r", "req", "ctx", "request", "_")
	if w == f.local["env"] || r == f.local["env"] || f.local["http"] == "http" && w == "http" {
		w = "w"
	}
	if w != "_" {
		sc.declare("w", w)
	}
	if r != "_" {
		sc.declare("req", r)
	}
	body := g.block(sc, 2+g.IntN(3))
	head := fmt.Sprintf("(%s @http.ResponseWriter, %s *@http.Request)", w, r)
	name := fmt.Sprintf("handle%d", i)
	switch g.IntN(4) {
	case 0:
		f.decls = append(f.decls, fmt.Sprintf("func (s *Service) %s%s {\n%s}", name, head, body))
		return fmt.Sprintf("mux.HandleFunc(%q, Default.%s)", path, name)
	case 1:
		f.decls = append(f.decls, fmt.Sprintf("type %s struct{ n int }\n\nfunc (h *%s) ServeHTTP%s {\n%s}", name, name, head, body))
		return fmt.Sprintf("mux.Handle(%q, &%s{})", path, name)
	case 2:
		f.decls = append(f.decls, fmt.Sprintf("func %s(n int) @http.HandlerFunc {\nreturn func%s {\n%s}\n}", name, head, body))
		return fmt.Sprintf("mux.Handle(%q, %s(1))", path, name)
	}
	f.decls = append(f.decls, fmt.Sprintf("func %s%s {\n%s}", name, head, body))
	return fmt.Sprintf("mux.HandleFunc(%q, %s)", path, name)
}

// writeWorker declares a loop over jobs, and returns the call that runs it.
func (g *gen) writeWorker() string {
	f := pick(g, g.base.files...)
	sc := &scope{g: g, file: f, number: -1, vars: map[string][]string{}, hidden: map[string]bool{}, depth: 1}
	job := pick(g, "job", "n", "id")
	sc.hide("jobs")
	in := sc.inner()
	in.declare("n", job)
	in.loop = pick(g, "continue", "return", "break")
	loop := fmt.Sprintf("for %s := range jobs {\n_ = %s\n%s}", job, job, g.block(in.inner(), 3))
	if g.chance(40) {
		if in.loop == "break" {
			in.loop = "continue"
		}
		loop = fmt.Sprintf("for {\nselect {\ncase %s, ok := <-jobs:\nif !ok {\nreturn\n}\n_ = %s\n%s}\n}", job, job, g.block(in.inner(), 3))
	}
	f.decls = append(f.decls, "func worker(jobs <-chan int) {\n"+loop+"\n}")
	return "jobs := make(chan int, 2)\njobs <- 1\njobs <- 2\nclose(jobs)\nworker(jobs)"
}

// writeTest adds a test, and a file that no build has.
func (g *gen) writeTest() {
	for _, odd := range []struct{ name, head, decl string }{
		{"unit_test.go", "", "func helper() {\n%s}"},
		{"never.go", "//go:build never\n\n", "func never() {\n%s}"},
		{"unit_windows.go", "", "func windows() {\n%s}"},
	} {
		f := &file{pack: g.base, name: odd.name, head: odd.head, local: g.base.files[0].local}
		sc := &scope{g: g, file: f, number: -1, vars: map[string][]string{}, hidden: map[string]bool{}}
		wanted := g.chance(12)
		text := g.keep(func() string { return fmt.Sprintf(odd.decl, g.block(sc, 3)) })
		if wanted && text != "" {
			f.decls = append(f.decls, text)
		}
		g.files = append(g.files, f)
	}
}

// writerStatement asks what the response writer of a handler can do, and uses it.
func writerStatement(sc *scope) string {
	list := sc.vars["w"]
	if len(list) == 0 || !sc.can("http") || !sc.can("fmt") {
		return ""
	}
	w := list[len(list)-1]
	return pick(sc.g, w+".Header().Set(\"X-Unit\", \"set\")", "@fmt.Fprintln("+w+", \"written\")", w+".WriteHeader(201)",
		"if f, ok := "+w+".(@http.Flusher); ok {\nf.Flush()\n}",
		"{\n_, isHijacker := "+w+".(@http.Hijacker)\n"+sc.print("isHijacker")+"\n}",
		sc.print("@http.NewResponseController("+w+").Flush()"))
}
