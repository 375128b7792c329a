package misuse

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/cfg"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// graph is the control flow of one function. Function literals inside it are
// part of the statements that they stand in.
type graph struct {
	blocks []*cfg.Block
	preds  map[*cfg.Block][]*cfg.Block
}

// place is a statement or condition of a graph.
type place struct {
	block *cfg.Block
	index int
}

// graph returns the control flow of a function, or nil if it has no body.
func (c *checker) graph(fn ast.Node) *graph {
	if g, ok := c.graphs[fn]; ok {
		return g
	}
	var g *graph
	if _, body := parts(fn); body != nil {
		g = &graph{blocks: cfg.New(body, c.mayReturn).Blocks, preds: map[*cfg.Block][]*cfg.Block{}}
		for _, b := range g.blocks {
			for _, s := range b.Succs {
				if b.Live {
					g.preds[s] = append(g.preds[s], b)
				}
			}
		}
	}
	c.graphs[fn] = g
	return g
}

// find returns the place that holds a node.
func (g *graph) find(n ast.Node) (place, bool) {
	var found place
	var best ast.Node
	for _, b := range g.blocks {
		for i, m := range b.Nodes {
			if b.Live && holds(m, n) && (best == nil || m.End()-m.Pos() < best.End()-best.Pos()) {
				found, best = place{b, i}, m
			}
		}
	}
	return found, best != nil
}

// endings are the functions that do not return.
var endings = map[string]bool{
	"os.Exit": true, "runtime.Goexit": true,
	"log.Fatal": true, "log.Fatalf": true, "log.Fatalln": true, "log.Panic": true, "log.Panicf": true, "log.Panicln": true,
	"log.Logger.Fatal": true, "log.Logger.Fatalf": true, "log.Logger.Fatalln": true,
	"log.Logger.Panic": true, "log.Logger.Panicf": true, "log.Logger.Panicln": true,
}

// mayReturn reports whether a call can return, as far as the standard library's
// functions tell.
func (c *checker) mayReturn(call *ast.CallExpr) bool {
	callee := typeutil.Callee(c.p.Info, call)
	if b, ok := callee.(*types.Builtin); ok {
		return b.Name() != "panic"
	}
	return !endings[rules.KeyOf(callee, nil)]
}
