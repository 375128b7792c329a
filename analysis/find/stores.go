package find

import (
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// stores are the libraries of data stores whose calls take a context, by path.
var stores = map[string]rules.Kind{
	"github.com/redis/go-redis/v9":         rules.Redis,
	"github.com/go-redis/redis/v8":         rules.Redis,
	"go.mongodb.org/mongo-driver/mongo":    rules.Mongo,
	"go.mongodb.org/mongo-driver/v2/mongo": rules.Mongo,
	"github.com/jackc/pgx/v5":              rules.SQLCall,
	"github.com/jackc/pgx/v5/pgxpool":      rules.SQLCall,
	"github.com/jmoiron/sqlx":              rules.SQLCall,
}

// storeCall returns the kind of a call of a data store, or "". What outlives the
// call that a context is given to is none: a connection, a subscription, a change
// stream, the end of a client or transaction.
func storeCall(fn *types.Func) rules.Kind {
	kind, name := stores[fn.Pkg().Path()], fn.Name()
	switch {
	case fn.Signature().Recv() == nil, isEnding(name), strings.HasSuffix(name, "Subscribe"):
		return ""
	case kind == rules.SQLCall && (name == "Commit" || name == "WaitForNotification"):
		return ""
	case name == "Connect", name == "Disconnect", name == "StartSession", kind == rules.Mongo && name == "Watch":
		return ""
	}
	return kind
}
