package find

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// stores are the libraries of data stores and message brokers whose calls take a
// context, by path.
var stores = map[string]rules.Kind{
	"github.com/redis/go-redis/v9":         rules.Redis,
	"github.com/go-redis/redis/v8":         rules.Redis,
	"go.mongodb.org/mongo-driver/mongo":    rules.Mongo,
	"go.mongodb.org/mongo-driver/v2/mongo": rules.Mongo,
	"github.com/uptrace/bun":               rules.SQLCall,
	"github.com/doug-martin/goqu/v9":       rules.SQLCall,
	"github.com/doug-martin/goqu/v9/exec":  rules.SQLCall,
	"github.com/Masterminds/squirrel":      rules.SQLCall,
	gormPath:                               rules.SQLCall,
	"github.com/jackc/pgx/v5":              rules.SQLCall,
	"github.com/jackc/pgx/v5/pgxpool":      rules.SQLCall,
	"github.com/jmoiron/sqlx":              rules.SQLCall,
	"github.com/segmentio/kafka-go":        rules.Messaging,
	"github.com/twmb/franz-go/pkg/kgo":     rules.Messaging,
}

// storeCall returns the kind of a call of such a library, or "". What outlives the
// call that a context is given to is none: a connection, a subscription, a change
// stream, the end of a client or transaction.
func storeCall(fn *types.Func) rules.Kind {
	kind, name := stores[fn.Pkg().Path()], fn.Name()
	switch {
	case fn.Signature().Recv() == nil, isEnding(name), strings.HasSuffix(name, "Subscribe"):
		return ""
	case kind == rules.SQLCall && (name == "Commit" || name == "WaitForNotification"):
		return ""
	case kind == rules.Messaging && !isProducing[name]:
		return ""
	case name == "Connect", name == "Disconnect", name == "StartSession", kind == rules.Mongo && name == "Watch":
		return ""
	}
	return kind
}

// isProducing are the methods that send messages. Others, which wait for messages, are
// no part of a request.
var isProducing = map[string]bool{"WriteMessages": true, "Produce": true, "TryProduce": true, "ProduceSync": true}

// sendsLater recognises calls that take messages over and send them later, for which
// the end of a request must not be that of the message.
func (f *finder) sendsLater(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	fn := calleeOf(f.p.Info, call)
	return fn != nil && fn.Pkg() != nil && fn.Pkg().Path() == "github.com/twmb/franz-go/pkg/kgo" && (fn.Name() == "Produce" || fn.Name() == "TryProduce")
}
