package config

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
)

// splitFunc returns the folder and the function of an entry's func.
func splitFunc(s string) (dir, name string) {
	slash := strings.LastIndexByte(s, '/') + 1
	folder, name, _ := strings.Cut(s[slash:], ".")
	return path.Clean(s[:slash] + folder), plainFunc(name)
}

// plainFunc returns a method's name without the marks of a pointer receiver: a type
// has one method of a name.
func plainFunc(name string) string {
	if rest, ok := strings.CutPrefix(name, "(*"); ok {
		return strings.Replace(rest, ")", "", 1)
	}
	return name
}

// In reports whether an entry is about functions of a folder, by its path relative to
// the module's root.
func (c *Capture) In(dir string) bool {
	pattern, _ := splitFunc(c.Func.Value)
	return globs(parts(pattern), parts(dir))
}

func parts(dir string) []string {
	if dir == "." {
		return nil
	}
	return strings.Split(dir, "/")
}

// Is reports whether an entry is about a function of a folder, which is called
// (*T).M, T.M or F.
func (c *Capture) Is(dir, fn string) bool {
	_, pattern := splitFunc(c.Func.Value)
	return c.In(dir) && globs(strings.Split(pattern, "."), strings.Split(plainFunc(fn), "."))
}

// isThere reports whether there is a function in a module's folder that an entry is
// about.
func (c *Capture) isThere(root string) bool {
	found := false
	filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || found {
			return fs.SkipAll
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		dir, base := path.Split(filepath.ToSlash(rel))
		if d.IsDir() && name != root && (base == "vendor" || base == "testdata" || base[0] == '.' || base[0] == '_') {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(base, ".go") || strings.HasSuffix(base, "_test.go") || !c.In(path.Clean(dir)) {
			return nil
		}
		file, _ := goparser.ParseFile(token.NewFileSet(), name, nil, goparser.SkipObjectResolution)
		if file == nil {
			return nil
		}
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && c.Is(path.Clean(dir), funcName(fn)) {
				found = true
			}
		}
		return nil
	})
	return found
}

// funcName returns a function's name, with that of its receiver's type.
func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return d.Name.Name
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name + "." + d.Name.Name
		default:
			return d.Name.Name
		}
	}
}
