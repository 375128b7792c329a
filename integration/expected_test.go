package integration

import "fmt"

// visit is what a service has to do for one request: the segment that it has to send,
// with one line for each subsegment that leaves the process, in their order.
type visit struct {
	service      string
	method, path string
	status       int64
	steps        []step
}

// step is one subsegment: SQL as "INSERT orders", a call of AWS as "DynamoDB PutItem", or
// a call of another service, for which what is not empty is its visit.
type step struct {
	sql, aws string
	http     *visit
}

func sql(statement string) step { return step{sql: statement} }
func aws(call string) step      { return step{aws: call} }
func call(v visit) step         { return step{http: &v} }

// order is a visit of the door.
func order(status int64, steps ...[]step) visit {
	return visit{"ordervalidator", "POST", "/orders", status, join(steps...)}
}

func join(parts ...[]step) []step {
	var all []step
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

// each returns one step for every article.
func each(skus []string, s func(sku string) step) []step {
	var steps []step
	for _, sku := range skus {
		steps = append(steps, s(sku))
	}
	return steps
}

func confirmed(skus ...string) visit {
	return order(201,
		each(skus, price),
		store(skus),
		[]step{reserve(skus), call(visit{"paymentprocessor", "POST", "/payments", 201, []step{
			aws("DynamoDB GetItem"),
			aws("DynamoDB PutItem"),
			aws("S3 PutObject"),
			ship(skus),
		}})},
		[]step{sql("UPDATE orders")})
}

func refused(status int64) visit { return order(status) }

func refusedAt(method, path string, status int64) visit {
	return visit{"ordervalidator", method, path, status, nil}
}

func unknownProduct(sku string) visit {
	return order(422, []step{call(visit{"inventorychecker", "GET", "/catalog/" + sku, 404, []step{sql("SELECT products")}})})
}

func outOfStock(skus ...string) visit {
	return order(409,
		each(skus, price),
		store(skus),
		[]step{
			call(visit{"inventorychecker", "POST", "/stock/checks", 200, []step{sql("SELECT products")}}),
			sql("UPDATE orders"),
		})
}

func declined(skus ...string) visit {
	return order(402,
		each(skus, price),
		store(skus),
		[]step{
			reserve(skus),
			call(visit{"paymentprocessor", "POST", "/payments", 402, []step{aws("DynamoDB GetItem")}}),
			sql("UPDATE orders"),
		})
}

func found() visit {
	return visit{"ordervalidator", "GET", "/orders/1", 200, []step{sql("SELECT orders"), sql("SELECT order_items")}}
}

func notFound() visit {
	return visit{"ordervalidator", "GET", "/orders/999", 404, []step{sql("SELECT orders")}}
}

func price(sku string) step {
	return call(visit{"inventorychecker", "GET", "/catalog/" + sku, 200, []step{sql("SELECT products")}})
}

func store(skus []string) []step {
	return append([]step{sql("INSERT orders")},
		each(skus, func(string) step { return sql("INSERT order_items") })...)
}

func reserve(skus []string) step {
	return call(visit{"inventorychecker", "POST", "/stock/checks", 200, append(
		[]step{sql("SELECT products")},
		each(skus, func(string) step { return sql("UPDATE products") })...)})
}

func ship(skus []string) step {
	steps := append(
		[]step{sql("SELECT carriers"), sql("INSERT shipments")},
		each(skus, func(string) step { return sql("INSERT parcels") })...)
	return call(visit{"shipmentscheduler", "POST", "/shipments", 201, append(steps,
		call(visit{"notificationdispatcher", "POST", "/notifications", 202, []step{
			aws("s3 PutObject"),
			aws("sqs SendMessage"),
		}}))})
}

// lines returns the visit as lines of text, indented by depth.
func (v visit) lines(indent string) []string {
	lines := []string{fmt.Sprintf("%ssegment %s: %s %s %d", indent, v.service, v.method, v.path, v.status)}
	indent += "  "
	for _, s := range v.steps {
		switch {
		case s.http != nil:
			lines = append(lines, fmt.Sprintf("%shttp %s %s %s %d", indent, s.http.service, s.http.method, s.http.path, s.http.status))
			lines = append(lines, s.http.lines(indent+"  ")...)
		case s.sql != "":
			lines = append(lines, indent+"sql "+s.sql)
		default:
			lines = append(lines, indent+"aws "+s.aws+" 200")
		}
	}
	return lines
}

// count returns how many segments the visit consists of, and how many calls of AWS it makes.
func (v visit) count() (segments, awsCalls int) {
	segments = 1
	for _, s := range v.steps {
		if s.aws != "" {
			awsCalls++
		}
		if s.http != nil {
			below, calls := s.http.count()
			segments, awsCalls = segments+below, awsCalls+calls
		}
	}
	return segments, awsCalls
}
