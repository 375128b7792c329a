package plain

import (
	"context"

	"gorm.io/gorm"
)

//idiom:library gorm.io/gorm
//idiom:traces a statement that gorm sends and that is given a context with a segment, of every dialect, preloads and hooks included -> subsegment `database@host`, or the dialect's name where the data source does not tell, with the statement's text
//idiom:untraced begin, commit and rollback; statements that the program sends past gorm, to the database that `DB()` returns; gorm v1 (`github.com/jinzhu/gorm`), whose calls take no context

// GORMOpen finds gorm.Open, with any dialect. Callbacks around gorm's own ones record
// each statement that is sent: the driver, the connection and the dialect's options stay
// as they are, so that mocks, prepared statements, migrations, dbresolver and DB()
// see what they saw before. A record that is not found is no fault. A database whose
// connection is traced already is not traced twice.
//
//idiom:kind sql-open
//idiom:guard untraced-gorm
func GORMOpen(d gorm.Dialector, opts ...gorm.Option) (*gorm.DB, error) {
	return gorm.Open(d, opts...)
}

// GORMCall finds the first link of a chain of gorm's methods that ends in a statement,
// Distinct standing for all of them. The statement ends with the context; a transaction,
// begun by Begin or Transaction, does not, and what it is asked is given its context.
// A chain that is kept in a variable gets its context where it begins; hooks and scopes
// have the context of what calls them.
//
//idiom:kind sql-call
//idiom:family gorm.io/gorm Model Clauses Table Distinct Select Omit Where Not Or Joins InnerJoins Group Having Order Limit Offset Scopes Preload Attrs Assign Unscoped Raw Debug Session Set InstanceSet Create CreateInBatches Save First Take Last Find FindInBatches FirstOrInit FirstOrCreate Update Updates UpdateColumn UpdateColumns Delete Count Row Rows Scan Pluck Connection Transaction Begin Exec Association
//idiom:guard gorm-chain
func GORMCall(ctx context.Context, db *gorm.DB, args ...any) *gorm.DB {
	return db.Distinct(args...)
}
