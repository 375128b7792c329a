package find

import "github.com/seed-4257438c/xray-instrument/rules"

// Uncovered is the rule of what libraries do that no idiom is about: it is never traced,
// and said once, where the library is started.
const Uncovered = "Uncovered"

// uncovered are functions and methods of such libraries, by key. The reason is what can be
// done by hand.
func uncovered() map[string]Site {
	sites := map[string]Site{}
	for _, lib := range []struct {
		kind   rules.Kind
		path   string
		names  []string
		reason string
	}{
		{rules.SQLOpen, "github.com/go-ozzo/ozzo-dbx", []string{"Open", "MustOpen"}, "dbx opens the database itself: open it by sql.Open and give it to dbx.NewFromDB"},
		{rules.SQLOpen, "xorm.io/xorm", []string{"NewEngine", "NewEngineWithParams"}, "xorm opens the database itself: open it by sql.Open and give it to xorm.NewEngineWithDB by core.FromDB"},
		{rules.SQLOpen, "xorm.io/xorm", []string{"NewEngineGroup"}, "xorm opens the databases itself: open each by sql.Open and give the group engines of xorm.NewEngineWithDB"},
		{rules.SQLOpen, "github.com/go-xorm/xorm", []string{"NewEngine", "NewEngineWithParams", "NewEngineGroup"}, "xorm opens the database itself: update to xorm.io/xorm, open it by sql.Open and give it to xorm.NewEngineWithDB by core.FromDB"},
		{rules.SQLOpen, "github.com/gocraft/dbr", []string{"Open"}, dbr},
		{rules.SQLOpen, "github.com/gocraft/dbr/v2", []string{"Open"}, dbr},
		{rules.SQLOpen, "github.com/beego/beego/v2/client/orm", []string{"RegisterDataBase"}, beegoORM},
		{rules.SQLOpen, "github.com/astaxie/beego/orm", []string{"RegisterDataBase"}, beegoORM},
		{rules.SQLOpen, "github.com/upper/db/v4/adapter/postgresql", []string{"Open"}, upper},
		{rules.SQLOpen, "github.com/upper/db/v4/adapter/cockroachdb", []string{"Open"}, upper},
		{rules.SQLOpen, "github.com/upper/db/v4/adapter/mysql", []string{"Open"}, upper},
		{rules.SQLOpen, "github.com/upper/db/v4/adapter/mssql", []string{"Open"}, upper},
		{rules.SQLOpen, "github.com/upper/db/v4/adapter/sqlite", []string{"Open"}, upper},
		{rules.SQLOpen, "github.com/zeromicro/go-zero/core/stores/sqlx", []string{"NewSqlConn", "NewMysql"}, zeroSQL},
		{rules.SQLOpen, "github.com/zeromicro/go-zero/core/stores/postgres", []string{"New"}, zeroSQL},
		{rules.SQLOpen, "github.com/go-pg/pg", []string{"Connect"}, goPG},
		{rules.SQLOpen, "github.com/go-pg/pg/v9", []string{"Connect"}, goPG},
		{rules.SQLOpen, "github.com/go-pg/pg/v10", []string{"Connect"}, goPG},
		{rules.SQLOpen, "github.com/gocql/gocql", []string{"NewSession", "ClusterConfig.CreateSession"}, "Cassandra is not covered: capture the functions that query it with //xray:capture"},

		{rules.Mongo, "gopkg.in/mgo.v2", []string{"Dial", "DialWithTimeout", "DialWithInfo"}, mgo},
		{rules.Mongo, "github.com/globalsign/mgo", []string{"Dial", "DialWithTimeout", "DialWithInfo"}, mgo},
		{rules.Redis, "github.com/redis/rueidis", []string{"NewClient"}, "rueidis is not covered: use github.com/redis/go-redis/v9, or capture the functions that send commands with //xray:capture"},

		{rules.Messaging, "github.com/confluentinc/confluent-kafka-go/kafka", []string{"NewProducer", "NewConsumer"}, confluent},
		{rules.Messaging, "github.com/confluentinc/confluent-kafka-go/v2/kafka", []string{"NewProducer", "NewConsumer"}, confluent},
		{rules.Messaging, "github.com/streadway/amqp", []string{"Dial", "DialTLS", "DialConfig"}, amqp},
		{rules.Messaging, "github.com/rabbitmq/amqp091-go", []string{"Dial", "DialTLS", "DialConfig"}, amqp},
		{rules.Messaging, "github.com/nats-io/nats.go", []string{"Connect", "Options.Connect"}, "NATS is not covered: send the trace header in the message's Header by hand, and capture the functions that send with //xray:capture"},

		{rules.OutboundHTTP, "github.com/valyala/fasthttp", []string{"Do", "DoTimeout", "DoDeadline", "DoRedirects", "Get", "GetTimeout", "GetDeadline", "Post",
			"Client.Do", "Client.DoTimeout", "Client.DoDeadline", "Client.DoRedirects", "Client.Get", "Client.GetTimeout", "Client.GetDeadline", "Client.Post",
			"HostClient.Do", "HostClient.DoTimeout", "HostClient.DoDeadline", "HostClient.DoRedirects", "HostClient.Get", "HostClient.GetTimeout", "HostClient.GetDeadline", "HostClient.Post",
			"PipelineClient.Do", "PipelineClient.DoTimeout", "PipelineClient.DoDeadline", "LBClient.Do", "LBClient.DoTimeout", "LBClient.DoDeadline"},
			"fasthttp's client takes no context: send the request with net/http, or set its trace header by hand and capture the function with //xray:capture"},
		{rules.OutboundHTTP, "github.com/parnurzeal/gorequest", []string{"New"}, "gorequest takes no context: use net/http or resty"},
		{rules.OutboundHTTP, "github.com/imroc/req/v3", []string{"C", "NewClient"}, "req has a transport of its own: begin the subsegment with Client.WrapRoundTripFunc"},
		{rules.OutboundHTTP, "github.com/elastic/go-elasticsearch/v7", []string{"NewDefaultClient"}, elastic},
		{rules.OutboundHTTP, "github.com/elastic/go-elasticsearch/v8", []string{"NewDefaultClient"}, elastic},

		{rules.InboundHTTP, "github.com/beego/beego/v2/server/web", []string{"Run", "HttpServer.Run"}, beegoWeb},
		{rules.InboundHTTP, "github.com/astaxie/beego", []string{"Run", "App.Run"}, beegoWeb},
		{rules.InboundHTTP, "github.com/urfave/negroni", []string{"Negroni.Run"}, "negroni starts the server itself: give it to http.ListenAndServe"},
		{rules.InboundHTTP, "github.com/urfave/negroni/v3", []string{"Negroni.Run"}, "negroni starts the server itself: give it to http.ListenAndServe"},
		{rules.InboundHTTP, "github.com/go-martini/martini", []string{"Martini.Run", "Martini.RunOnAddr"}, "martini starts the server itself: give it to http.ListenAndServe"},
		{rules.InboundHTTP, "github.com/kataras/iris/v12", []string{"Application.Run", "Application.Listen"}, "iris starts the server itself: Build the application and give it to http.ListenAndServe, or wrap its router with xray.Handler by Application.WrapRouter"},
		{rules.InboundHTTP, "github.com/cloudwego/hertz/pkg/app/server", []string{"New", "Default"}, "hertz is not covered: begin the segment in a middleware with xray.BeginSegment"},
		{rules.InboundHTTP, "github.com/zeromicro/go-zero/rest", []string{"NewServer", "MustNewServer"}, "go-zero starts the server itself: wrap the handlers with xray.Handler by Server.Use and rest.ToMiddleware"},
		{rules.InboundHTTP, "github.com/go-kratos/kratos/v2/transport/http", []string{"NewServer"}, "kratos starts the server itself: wrap its handler with xray.Handler by http.Filter"},
		{rules.InboundHTTP, "github.com/gogf/gf/v2/net/ghttp", []string{"Server.Run", "Server.Start"}, "goframe starts the server itself: begin the segment in a middleware with xray.NewSegmentFromHeader"},
		{rules.InboundHTTP, "github.com/revel/revel", []string{"Run"}, "revel starts the server itself: begin the segment in a filter with xray.NewSegmentFromHeader"},
	} {
		for _, name := range lib.names {
			sites[lib.path+"."+name] = Site{Kind: lib.kind, Rule: Uncovered, Reason: lib.reason}
		}
	}
	return sites
}

const (
	dbr       = "dbr opens the database itself: open it by sql.Open and make a dbr.Connection of it"
	beegoORM  = "beego opens the database itself: open it by sql.Open and give it to orm.AddAliasWthDB"
	upper     = "upper opens the database itself: open it by sql.Open and give it to the adapter's New"
	zeroSQL   = "go-zero opens the database itself: open it by sql.Open and give it to sqlx.NewSqlConnFromDB"
	goPG      = "go-pg is not covered: begin subsegments in a pg.QueryHook, or update to github.com/uptrace/bun"
	mgo       = "mgo takes no context: use go.mongodb.org/mongo-driver/v2"
	confluent = "the client of librdkafka is not covered: send the trace header in the messages' Headers by hand, or use franz-go or kafka-go"
	elastic   = "it has a transport of its own: make the client by NewClient with a Config that has a Transport"
	amqp      = "RabbitMQ is not covered: send the trace header in the messages' Headers by hand, and capture the functions that publish with //xray:capture"
	beegoWeb  = "beego starts the server itself: wrap its handler with xray.Handler by RunWithMiddleWares"
)
