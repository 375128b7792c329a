package find

import (
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// stores are the libraries of data stores whose calls take a context, by path.
var stores = map[string]rules.Kind{
	"github.com/redis/go-redis/v9": rules.Redis,
	"github.com/go-redis/redis/v8": rules.Redis,
}

// storeKind returns the kind of a data store's package, or "".
func storeKind(path string) rules.Kind { return stores[path] }

// lasts recognises methods whose effect outlives the call that a context is given
// to: subscriptions, connections, the end of a client.
func lasts(name string) bool {
	switch name {
	case "Connect", "Disconnect", "Watch", "StartSession", "Conn":
		return true
	}
	return isEnding(name) || strings.HasSuffix(name, "Subscribe")
}
