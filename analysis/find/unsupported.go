package find

import (
	"go/ast"
	"go/types"
	"maps"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// unsupported are functions and methods that no idiom can be about, by key, with
// what is said where one is called.
var unsupported = func() map[string]Site {
	sites := oldRedis()
	maps.Copy(sites, oldSQL())
	maps.Copy(sites, channels())
	maps.Copy(sites, clients())
	maps.Copy(sites, vendors())
	maps.Copy(sites, metadata())
	maps.Copy(sites, uncovered())
	return sites
}()

// vendors are what opens databases with another vendor's tracing around the driver.
func vendors() map[string]Site {
	sites := map[string]Site{}
	for _, path := range []string{
		"github.com/XSAM/otelsql", "github.com/uptrace/opentelemetry-go-extra/otelsql",
		"gopkg.in/DataDog/dd-trace-go.v1/contrib/database/sql", "github.com/DataDog/dd-trace-go/contrib/database/sql/v2",
	} {
		for _, name := range []string{"Open", "OpenDB"} {
			sites[path+"."+name] = Site{Kind: rules.SQLOpen, Rule: "SQLOpen",
				Reason: "it opens the database where X-Ray does not see it: register the traced driver under a name, and open that by sql.Open"}
		}
	}
	return sites
}

// clients are what sends requests or commands in a way that cannot be followed.
func clients() map[string]Site {
	return map[string]Site{
		"github.com/gojek/heimdall/v7/hystrix.NewClient": {Kind: rules.OutboundHTTP, Rule: "HeimdallClient",
			Reason: "an attempt goes on behind its time-out, beside the next one: give it an http.Client of the program's by hystrix.WithHTTPClient, which is traced where it is made"},
		"github.com/gomodule/redigo/redis.Conn.Flush": {Kind: rules.Redis, Rule: "RedigoDo",
			Reason: "which reply belongs to which command is not told: send the commands by Do, or capture the pipeline with //xray:capture"},
	}
}

// metadata are the methods of the client of EC2's metadata (SDK v1), which clears the
// handler that begins a call's subsegment. With a request's context the other handlers of
// a session that is traced by hand end the request's segment in its place.
func metadata() map[string]Site {
	sites := map[string]Site{}
	for _, name := range []string{"Available", "GetDynamicData", "GetInstanceIdentityDocument", "GetMetadata", "GetUserData", "IAMInfo", "Region"} {
		sites["github.com/aws/aws-sdk-go/aws/ec2metadata.EC2Metadata."+name] = Site{Kind: rules.AWSCall, Rule: "AWSCallV1",
			Reason: "the X-Ray SDK may end the request's segment with a call of this client: use github.com/aws/aws-sdk-go-v2/feature/ec2/imds"}
	}
	return sites
}

// channels are the methods that give a channel for messages.
func channels() map[string]Site {
	sites := map[string]Site{}
	for path, rule := range map[string]string{"github.com/IBM/sarama": "SaramaSend", "github.com/Shopify/sarama": "ShopifySend"} {
		sites[path+".AsyncProducer.Input"] = Site{Kind: rules.Messaging, Rule: rule,
			Reason: "a channel takes no context: send the message by a SyncProducer, or add the trace header to its Headers by hand"}
	}
	return sites
}

// oldSQL are what opens databases in versions of pgx and gorm that tell nobody of
// their statements, or give them no context.
func oldSQL() map[string]Site {
	const pgx, gorm = "pgx v4 has no tracer: update to github.com/jackc/pgx/v5", "gorm v1 gives the database no context: update to gorm.io/gorm"
	return map[string]Site{
		"github.com/jackc/pgx/v4.Connect":               {Kind: rules.SQLOpen, Rule: "PGXConnect", Reason: pgx},
		"github.com/jackc/pgx/v4.ConnectConfig":         {Kind: rules.SQLOpen, Rule: "PGXConnectConfig", Reason: pgx},
		"github.com/jackc/pgx/v4/pgxpool.Connect":       {Kind: rules.SQLOpen, Rule: "PGXPool", Reason: pgx},
		"github.com/jackc/pgx/v4/pgxpool.ConnectConfig": {Kind: rules.SQLOpen, Rule: "PGXPoolConfig", Reason: pgx},
		"github.com/jackc/pgx/v4/stdlib.OpenDB": {Kind: rules.SQLOpen, Rule: "PGXOpenDB",
			Reason: pgx + `, or open it by sql.Open("pgx", stdlib.RegisterConnConfig(config))`},
		"github.com/jinzhu/gorm.Open": {Kind: rules.SQLOpen, Rule: "GORMOpen", Reason: gorm},
	}
}

// oldRedis are the constructors of the versions of go-redis before contexts, and of
// the pre-releases of v9.
func oldRedis() map[string]Site {
	sites := map[string]Site{}
	for _, path := range []string{"github.com/go-redis/redis", "github.com/go-redis/redis/v7", "github.com/go-redis/redis/v9"} {
		for name, rule := range map[string]string{"NewClient": "RedisClient", "NewClusterClient": "RedisCluster", "NewRing": "RedisRing",
			"NewFailoverClient": "RedisFailover", "NewUniversalClient": "RedisUniversal"} {
			sites[path+"."+name] = Site{Kind: rules.Redis, Rule: rule,
				Reason: "this version of go-redis is not covered: update to github.com/redis/go-redis/v9"}
		}
	}
	return sites
}

// ofUnsupported finds the use of a function that cannot be traced: a call, or a value that
// is called elsewhere.
func (f *finder) ofUnsupported(n ast.Node) *Site {
	id, ok := n.(*ast.Ident)
	if !ok {
		return nil
	}
	fn, ok := f.p.Info.Uses[id].(*types.Func)
	if !ok {
		return nil
	}
	s, ok := unsupported[rules.KeyOf(fn, nil)]
	if !ok {
		return nil
	}
	use, _ := f.wholeUse(id)
	if use == nil || f.matched[use] {
		return nil
	}
	s.Node, s.Pos, s.Status = use, namePos(use), Skipped
	return &s
}
