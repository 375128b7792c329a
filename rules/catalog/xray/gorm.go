package xray

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"time"

	"gorm.io/gorm"
)

func GORMOpen(d gorm.Dialector, opts ...gorm.Option) (*gorm.DB, error) {
	return xrayGORM(gorm.Open(d, opts...))
}

func GORMCall(ctx context.Context, db *gorm.DB, args ...any) *gorm.DB {
	return db.WithContext(ctx).Distinct(args...)
}

// xrayGORM has the statements of a database that was opened recorded, unless its
// connection is traced.
func xrayGORM(db *gorm.DB, err error) (*gorm.DB, error) {
	if err != nil || db == nil {
		return db, err
	}
	if conn, err := db.DB(); err == nil && conn != nil && strings.HasPrefix(fmt.Sprintf("%T", conn.Driver()), "*xray.") {
		return db, nil
	}
	after := xrayGORMEnd(xrayGORMSource(db.Dialector))
	calls := db.Callback()
	_ = calls.Create().Before("gorm:create").Register("xray:before_create", xrayGORMBegin)
	_ = calls.Create().After("gorm:create").Before("gorm:save_after_associations").Register("xray:after_create", after)
	_ = calls.Query().Before("gorm:query").Register("xray:before_query", xrayGORMBegin)
	_ = calls.Query().After("gorm:query").Before("gorm:preload").Register("xray:after_query", after)
	_ = calls.Update().Before("gorm:update").Register("xray:before_update", xrayGORMBegin)
	_ = calls.Update().After("gorm:update").Before("gorm:save_after_associations").Register("xray:after_update", after)
	_ = calls.Delete().Before("gorm:delete").Register("xray:before_delete", xrayGORMBegin)
	_ = calls.Delete().After("gorm:delete").Before("gorm:after_delete").Register("xray:after_delete", after)
	_ = calls.Row().Before("gorm:row").Register("xray:before_row", xrayGORMBegin)
	_ = calls.Row().After("gorm:row").Register("xray:after_row", after)
	_ = calls.Raw().Before("gorm:raw").Register("xray:before_raw", xrayGORMBegin)
	_ = calls.Raw().After("gorm:raw").Register("xray:after_raw", after)
	return db, nil
}

// xrayGORMStart is the key of the time at which a statement begins.
type xrayGORMStart struct{}

// xrayGORMBegin notes when a statement begins: the zero time for one that will not
// be sent.
func xrayGORMBegin(db *gorm.DB) {
	var start time.Time
	if db.Error == nil && !db.DryRun {
		start = time.Now()
	}
	db.Statement.Settings.Store(xrayGORMStart{}, start)
}

// xrayGORMEnd returns what records a statement of a data source that was sent.
func xrayGORMEnd(source xraySource) func(*gorm.DB) {
	return func(db *gorm.DB) {
		value, _ := db.Statement.Settings.Load(xrayGORMStart{})
		start, _ := value.(time.Time)
		if start.IsZero() || db.Statement.SQL.Len() == 0 {
			return
		}
		_, seg := xrayStore(db.Statement.Context, source.name)
		if seg == nil {
			return
		}
		seg.Lock()
		seg.StartTime = float64(start.UnixNano()) / float64(time.Second)
		sql := seg.GetSQL()
		sql.DatabaseType, sql.User, sql.URL, sql.SanitizedQuery = source.dialect, source.user, source.url, db.Statement.SQL.String()
		seg.Unlock()
		err := db.Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			err = nil
		}
		xrayEnd(seg, err)
	}
}

// xrayGORMSource tells what a dialect's data source name says of its database. Dialects
// keep it in a field DSN.
func xrayGORMSource(d gorm.Dialector) (source xraySource) {
	defer func() {
		if recover() != nil || source.name == "" { // an embedded configuration may be nil
			source = xraySource{name: d.Name(), dialect: d.Name()}
		}
	}()
	if field := reflect.Indirect(reflect.ValueOf(d)).FieldByName("DSN"); field.Kind() == reflect.String {
		source = xrayParseSource(d.Name(), field.String())
	}
	return source
}

// xraySource is what may be told of a data source: no password.
type xraySource struct{ name, dialect, user, url string }

// xrayParseSource tells what a data source's name says, of a URL, of the driver of
// MySQL, or of PostgreSQL's keywords and values. Of any other it tells nothing.
func xrayParseSource(dialect, dsn string) xraySource {
	var user, host, database string
	switch u, err := url.Parse(dsn); {
	case dialect == "sqlite":
		database, _, _ = strings.Cut(strings.TrimPrefix(dsn, "file:"), "?")
		return xraySource{name: database, dialect: dialect, url: database}
	case strings.Contains(dsn, "://"):
		if err != nil {
			return xraySource{}
		}
		user, host, database = u.User.Username(), u.Hostname(), strings.TrimPrefix(u.Path, "/")
		if dialect == "sqlserver" {
			database = u.Query().Get("database")
		}
	case dialect == "mysql": // user:password@net(host:port)/database?options
		slash := strings.LastIndexByte(dsn, '/')
		if slash < 0 {
			return xraySource{}
		}
		database, _, _ = strings.Cut(dsn[slash+1:], "?")
		at := strings.LastIndexByte(dsn[:slash], '@')
		_, address, _ := strings.Cut(dsn[at+1:slash], "(")
		host, _, _ = strings.Cut(strings.TrimSuffix(address, ")"), ":")
		if at >= 0 {
			user, _, _ = strings.Cut(dsn[:at], ":")
		}
	case dialect == "postgres":
		words := xrayKeywords(dsn)
		user, host, database = words["user"], words["host"], words["dbname"]
	}
	if host == "" || database == "" {
		return xraySource{}
	}
	return xraySource{name: database + "@" + host, dialect: dialect, user: user, url: dialect + "://" + host + "/" + database}
}

// xrayKeywords reads PostgreSQL's form of a data source name: key = value, with
// blanks and quotes in values behind backslashes or between single quotes.
func xrayKeywords(dsn string) map[string]string {
	words := map[string]string{}
	for {
		key, rest, ok := strings.Cut(dsn, "=")
		if !ok {
			return words
		}
		rest = strings.TrimLeft(rest, " \t\n")
		quoted := strings.HasPrefix(rest, "'")
		if quoted {
			rest = rest[1:]
		}
		var value strings.Builder
		end := len(rest)
		for i := 0; i < len(rest); i++ {
			if rest[i] == '\\' && i+1 < len(rest) {
				i++
			} else if quoted && rest[i] == '\'' || !quoted && strings.IndexByte(" \t\n", rest[i]) >= 0 {
				end = i + 1
				break
			}
			value.WriteByte(rest[i])
		}
		words[strings.TrimSpace(key)] = value.String()
		dsn = rest[end:]
	}
}
