package torture

import "fmt"

// query is a statement that the log tells from all others; some are refused.
func (g *gen) query() string {
	text := g.unique("query ")
	if g.chance(15) {
		text += " FAIL"
	}
	return pick(g, "\""+text+"\"", "`"+text+"`", "\""+text+"\" + \"\"")
}

// sqlStatement uses the database.
func sqlStatement(sc *scope) string {
	g, db := sc.g, sc.argument("db")
	q, n := g.query(), sc.argument("n")
	if !sc.knows("nil") {
		return db + ".Exec(" + q + ")"
	}
	v := g.unique("v")
	report := sc.print("err")
	exec := fmt.Sprintf("%s.Exec(%s, %s)", db, q, n)
	out := fmt.Sprintf("if err != nil {\n%s\n%s\n}", report, pick(g, "", sc.leave("err")))
	switch g.IntN(22) {
	case 0:
		return exec
	case 1:
		return "_, _ = " + exec
	case 2:
		return fmt.Sprintf("if _, err := %s; err != nil {\n%s\n}", exec, report)
	case 3:
		return fmt.Sprintf("{\nvar %s int\nerr := %s.QueryRow(%s, %s).Scan(&%s)\n%s\n}", v, db, q, n, v, sc.print(v+", err"))
	case 4:
		return fmt.Sprintf("%s, %se := %s.Query(%s)\nif %se == nil {\ndefer %s.Close()\nfor %s.Next() {\nvar got int\n%s.Scan(&got)\n%s\n}\n}", v, v, db, q, v, v, v, v, sc.print("got"))
	case 5:
		return sc.print(db + ".Ping()")
	case 6:
		return transaction(sc, db)
	case 7:
		return fmt.Sprintf("%s, %se := %s.Prepare(%s)\nif %se == nil {\n%s.Exec(%s)\nvar got int\n%s.QueryRow().Scan(&got)\n%s\n%s.Close()\n}", v, v, db, q, v, v, n, v, sc.print("got"), v)
	case 8:
		return fmt.Sprintf("switch _, err := %s; {\ncase err != nil:\n%s\n}", exec, report)
	case 9:
		return fmt.Sprintf("for rows, err := %s.Query(%s); err == nil && rows.Next(); {\n%s\n}", db, q, sc.print(`"row"`))
	case 10:
		return fmt.Sprintf("@env.Both[%s](%s)(%s)", pick(g, "any", "interface{}"), g.quoted(), "func() (any, error) { return "+exec+" }()")
	case 11:
		return fmt.Sprintf("%s := func() error {\n_, err := %s\nreturn err\n}\n%s", v, exec, sc.print(v+"()"))
	case 12:
		return fmt.Sprintf("%s.Exec(\n%s, // the text\n%s,\n)", db, q, n)
	case 13:
		return fmt.Sprintf("(%s).Exec(%s /* the text */, %s)", db, q, n)
	case 14:
		return fmt.Sprintf("((%s.Exec))(%s)", db, q)
	case 15:
		return fmt.Sprintf("%s := %s.Exec\n%s(%s)", v, db, v, q)
	case 16:
		if !sc.can("sql") || !sc.knows("string") {
			return exec
		}
		return fmt.Sprintf("var %s interface {\nExec(string, ...any) (@sql.Result, error)\n} = %s\n%s.Exec(%s)", v, db, v, q)
	case 17:
		return fmt.Sprintf("%s.Exec(%s, []any{%s, %s}...)", db, q, n, n)
	case 18:
		return sc.print(fmt.Sprintf("[]error{%s.Ping(), %s.Ping()}", db, db))
	case 19:
		return fmt.Sprintf("%s := make(chan error, 1)\nselect {\ncase %s <- %s.Ping():\n%s\n}", v, v, db, sc.print("<-"+v))
	case 20:
		return fmt.Sprintf("var %s struct{ err error }\n_, %s.err = %s\n%s", v, v, exec, sc.print(v+".err"))
	}
	if db == "err" { // which the first condition hides from the second
		return exec
	}
	return fmt.Sprintf("if _, err := %s; err != nil {\n%s\n} else if err := %s.Ping(); err != nil {\n%s\n}", exec, out, db, report)
}

func transaction(sc *scope, db string) string {
	g, v := sc.g, sc.g.unique("tx")
	begin := fmt.Sprintf("%s, err := %s.Begin()\nif err != nil {\n%s\n%s\n}\n", v, db, sc.print("err"), sc.leave("err"))
	if sc.g.chance(50) {
		begin += "defer " + v + ".Rollback()\n"
	}
	use := fmt.Sprintf("%s.Exec(%s)\nvar got int\n%s.QueryRow(%s, %s).Scan(&got)\n%s\n", v, g.query(), v, g.query(), sc.argument("n"), sc.print("got"))
	if g.chance(30) {
		use += fmt.Sprintf("if st, err := %s.Prepare(%s); err == nil {\n%s.Stmt(st).Exec(1)\n}\n", v, g.query(), v)
	}
	return "{\n" + begin + use + sc.print(v+"."+pick(g, "Commit()", "Rollback()")) + "\n}"
}

// httpStatement asks another service.
func httpStatement(sc *scope) string {
	g, client := sc.g, sc.argument("client")
	if !sc.can("http") || !sc.can("strings") {
		return ""
	}
	v := g.unique("resp")
	url := fmt.Sprintf("@env.URL(%s, %q)", g.quoted(), g.unique(pick(g, "a", "b?q=", "fail")))
	if g.chance(8) {
		url = `"::bad"`
	}
	answer := fmt.Sprintf("@env.Answer(%s, ", g.quoted())
	text := `@strings.NewReader("text")`
	do := fmt.Sprintf("if %sq, %sqe := @http.NewRequest(%s, %s, %s); %sqe == nil {\n%sq.Header.Set(\"X-Unit\", \"1\")\n%s, err := %s.Do(%sq)\n%s%s, err)\n}",
		v, v, pick(g, `"GET"`, "@http.MethodPut"), url, pick(g, "nil", text), v, v, v, client, v, answer, v)
	get := pick(g, "@http.Get("+url+")", "@http.Head("+url+")", "@http.Post("+url+", \"text/plain\", "+text+")",
		client+".Get("+url+")", client+".Head("+url+")", client+".Post("+url+", \"text/plain\", "+text+")")
	switch g.IntN(6) {
	case 0, 1:
		return do
	case 2:
		return fmt.Sprintf("%s, %se := %s\n%s%s, %se)", v, v, get, answer, v, v)
	case 3:
		return fmt.Sprintf("if %s, err := %s; err == nil {\n%s%s, err)\n}", v, get, answer, v)
	case 4:
		return fmt.Sprintf("%sc := %s\n%s, %se := %sc.Get(\n%s, // there\n)\n%s%s, %se)", v, pick(g, "@http.Client{}", "&@http.Client{Timeout: 0}", "new(@http.Client)"), v, v, v, url, answer, v, v)
	}
	return fmt.Sprintf("var %sc @http.Client\nfunc() {\n%s, err := %sc.Do(func() *@http.Request {\nq, _ := @http.NewRequest(\"GET\", %s, nil)\nreturn q\n}())\n%s%s, err)\n}()",
		v, v, v, fmt.Sprintf("@env.URL(%s, \"c\")", g.quoted()), answer, v)
}
