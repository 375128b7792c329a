package find

import (
	"go/ast"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// untracedConnector: the connector given to sql.OpenDB is not traced by hand.
func untracedConnector(f *finder, s *Site) (Status, string) {
	if f.anyOrigin(s.Match.Holes["c"].Exprs[0], "SQLConnector", "xrayConnector") {
		return Already, "its connector is traced"
	}
	if f.pooled(s.Match.Holes["c"].Exprs[0]) {
		return Already, "its connections are those of a pool, traced where that is made"
	}
	return Traceable, ""
}

// pooled reports whether a connector lends connections of a pool of pgx, which are
// traced where the pool is made.
func (f *finder) pooled(e ast.Expr) bool {
	found := false
	f.flow.Origins(e, func(e ast.Expr) bool {
		if call, ok := e.(*ast.CallExpr); ok {
			fn := calleeOf(f.p.Info, call)
			found = found || fn != nil && rules.KeyOf(fn, nil) == "github.com/jackc/pgx/v5/stdlib.GetPoolConnector"
		}
		return found
	})
	return found
}

// opaqueDriver: nothing in the program asks a database for its driver, which a
// traced database hides.
func opaqueDriver(f *finder, s *Site) (Status, string) {
	if at := f.survey().Drivers; len(at) > 0 {
		return Skipped, "the program looks behind the database's driver at " + at[0] + ", which a traced database hides"
	}
	return Traceable, ""
}

// openedByHand finds a database that is opened through the SDK.
func (f *finder) openedByHand(n ast.Node) *Site {
	call, ok := n.(*ast.CallExpr)
	if !ok || !f.isSDK(call, "SQLContext") {
		return nil
	}
	return &Site{Node: call, Pos: namePos(call), Kind: rules.SQLOpen, Rule: "SQLOpen", Status: Already, Reason: "it is traced by hand"}
}
