package thread

import (
	"fmt"
	"go/ast"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/edit"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// twin renames a function that other modules may call, and puts a wrapper of the
// old name and type behind it, which go fix replaces by a call of the twin:
//
//	// LoadContext loads an order.
//	func LoadContext(ctx context.Context, id int) error { ... }
//
//	// Load uses [context.Background] internally; to specify the context, use [LoadContext].
//	//
//	//go:fix inline
//	func Load(id int) error {
//		return LoadContext(context.Background(), id)
//	}
func (ed *editor) twin(f *find.File, e *edit.Env, d *ast.FuncDecl) ([]match.Edit, error) {
	pkg, err := e.Package("context", "context")
	if err != nil {
		return nil, err
	}
	background := "Background()"
	if pkg != "" {
		background = pkg + "." + background
	}
	file := ed.names.File(f)
	text := func(n ast.Node) string { return string(f.Src[file.Offset(n.Pos()):file.Offset(n.End())]) }
	name, link := d.Name.Name, d.Name.Name+twinSuffix
	call, recv, params, results, begin := link, "", "", "", ""
	if d.Recv != nil {
		recv = text(d.Recv) + " "
		call = d.Recv.List[0].Names[0].Name + "." + call
		link = strings.Trim(strings.Split(find.FuncName(d), ".")[0], "(*)") + "." + link
	}
	if d.Type.TypeParams != nil {
		params = text(d.Type.TypeParams)
		call += "[" + strings.Join(names(d.Type.TypeParams), ", ") + "]"
	}
	if d.Type.Results != nil {
		results, begin = " "+text(d.Type.Results), "return "
	}
	args := append([]string{background}, names(d.Type.Params)...)
	if n := len(d.Type.Params.List); n > 0 {
		if _, variadic := d.Type.Params.List[n-1].Type.(*ast.Ellipsis); variadic {
			args[len(args)-1] += "..."
		}
	}
	doc, deprecated := twinDoc(file, d)
	wrapper := fmt.Sprintf("\n\n// %s uses [%s] internally; to specify the context, use [%s].\n//\n%s//go:fix inline\nfunc %s%s%s%s%s {\n\t%s%s(%s)\n}",
		name, strings.TrimSuffix(background, "()"), link, deprecated, recv, name, params, text(d.Type.Params), results, begin, call, strings.Join(args, ", "))
	if strings.Contains(string(f.Src), "\r\n") {
		wrapper = strings.ReplaceAll(wrapper, "\n", "\r\n")
	}
	at, end := file.Offset(d.Name.End()), file.Offset(d.End())
	edits := []match.Edit{{Start: at, End: at, New: twinSuffix}, {Start: end, End: end, New: wrapper, Size: end - file.Offset(d.Pos())}}
	return append(edits, doc...), nil
}

// names returns the names that a list declares.
func names(list *ast.FieldList) []string {
	var out []string
	for _, field := range list.List {
		for _, id := range field.Names {
			out = append(out, id.Name)
		}
	}
	return out
}
