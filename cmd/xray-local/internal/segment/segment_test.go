package segment

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

const (
	head  = `{"format": "json", "version": 1}` + "\n"
	start = `{"trace_id":"1-6b02c2f2-000102030405060708090a0b","id":"00000000000000a1","name":"orders","start_time":1795343090.25`
)

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		name, datagram string
		want           error
	}{
		{"empty", "", ErrHeader},
		{"header alone", strings.TrimSpace(head), ErrHeader},
		{"header without document", head, ErrJSON},
		{"other version", `{"format":"json","version":2}` + "\n" + start + "}", ErrHeader},
		{"document alone", start + "}", ErrHeader},
		{"half a document", head + start, ErrJSON},
		{"an array", head + "[]", ErrJSON},
		{"a name that is a number", head + strings.Replace(start, `"orders"`, "5", 1) + "}", ErrJSON},
		{"a time beyond all numbers", head + start + `,"end_time":1e999}`, ErrJSON},
		{"not UTF-8", head + start + ",\"user\":\"\xff\xfe\"}", ErrUTF8},
		{"oversized", head + start + `,"user":"` + strings.Repeat("x", MaxSize) + `"}`, ErrOversized},
		{"nested arrays", head + start + `,"metadata":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + "}", ErrDeep},
		{"nested subsegments", head + nested(120) + strings.Repeat("]}", 120), ErrDeep},
		{"many subsegments", head + start + `,"subsegments":[` + strings.Repeat(`{"id":"","name":""},`, maxSubsegments/4) + `{}]}`, ErrID},
		{"another trace id", head + strings.Replace(start, "1-6b02c2f2", "../../etc", 1) + "}", ErrTrace},
		{"another id", head + strings.Replace(start, "00000000000000a1", "<b>", 1) + "}", ErrID},
		{"the id zero", head + strings.Replace(start, "00000000000000a1", "0000000000000000", 1) + "}", ErrID},
		{"no start", head + strings.Replace(start, "1795343090.25", "0", 1) + "}", ErrTime},
		{"milliseconds", head + strings.Replace(start, "1795343090.25", "1795343090250", 1) + "}", ErrTime},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, _, err := Parse([]byte(test.datagram), true); !errors.Is(err, test.want) {
				t.Errorf("the error is %v, want %v", err, test.want)
			}
		})
	}
}

func nested(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, `{"trace_id":"1-6b02c2f2-000102030405060708090a0b","id":"%016x","name":"n","start_time":1,"subsegments":[`, i+1)
	}
	return text.String()
}

// The SDK writes keys that the format does not have, nulls, and subsegments more than once.
func TestParseQuirks(t *testing.T) {
	doc, text := parse(t, start+`,"end_time":1795343090.75,"Dummy":false,"subsegments":[
		{"id":"00000000000000b1","name":"one","start_time":1795343090.3,"in_progress":true},
		null,
		{"id":"00000000000000b2","name":"two","start_time":1795343090.3,"end_time":1795343090.4,"parent_id":"00000000000000a1"},
		{"id":"00000000000000b1","name":"one","start_time":1795343090.3,"end_time":1795343090.5,"subsegments":[
			{"id":"00000000000000c1","name":"below","start_time":1795343090.31,"end_time":1795343090.32}]},
		{"id":"00000000000000b2","name":"two","start_time":1795343090.3,"end_time":1795343090.4,"parent_id":"00000000000000a1"}]}`)
	if got := shape(doc); got != "orders(one(below) two)" {
		t.Errorf("the document is %s", got)
	}
	if !doc.Subsegments[0].Done() {
		t.Error("the subsegment that has ended is in progress")
	}
	if !strings.Contains(string(text), `"Dummy":false`) || !strings.Contains(string(text), "1795343090.25") {
		t.Errorf("the text has lost something: %s", text)
	}
}

func TestMerge(t *testing.T) {
	open := start + `,"in_progress":true,"subsegments":[{"id":"00000000000000b1","name":"one","start_time":1,"end_time":2}]}`
	ended := start + `,"end_time":1795343090.75,"subsegments":[{"id":"00000000000000b2","name":"two","start_time":1,"in_progress":true}]}`
	again := start + `,"end_time":1795343090.75,"subsegments":[{"id":"00000000000000b2","name":"two","start_time":1,"end_time":3},{"id":"00000000000000b2","name":"two","start_time":1,"end_time":3}]}`
	for _, order := range [][]string{{open, ended, again}, {again, ended, open}, {ended, open, again}} {
		text := []byte(order[0])
		for _, newer := range order[1:] {
			var err error
			if text, err = Merge(text, []byte(newer)); err != nil {
				t.Fatal(err)
			}
		}
		doc, _, err := Decode(text, false)
		if err != nil {
			t.Fatal(err)
		}
		one, two := strings.Count(string(text), "00000000000000b1"), strings.Count(string(text), "00000000000000b2")
		if !doc.Done() || one != 1 || two != 1 {
			t.Errorf("done %v, %d and %d subsegments: %s", doc.Done(), one, two, text)
		}
		for _, sub := range doc.Subsegments {
			if !sub.Done() {
				t.Errorf("%s is in progress", sub.Name)
			}
		}
	}
}

func TestResource(t *testing.T) {
	for document, want := range map[string]string{
		`{"aws":{"table_name":"orders"}}`:                             "orders",
		`{"annotations":{"queue_name":"mail"}}`:                       "mail",
		`{"aws":{"queue_url":"https://sqs.eu/000000000000/mail"}}`:    "mail",
		`{"annotations":{"topic_arn":"arn:aws:sns:eu:0:news"}}`:       "news",
		`{"aws":{"operation":"ListTables","table_name":7}}`:           "",
		`{"annotations":{"order_id":"o-1"},"aws":{"retries":"none"}}`: "",
	} {
		var doc Document
		if err := json.Unmarshal([]byte(document), &doc); err != nil {
			t.Fatal(err)
		}
		if got := doc.Resource(); got != want {
			t.Errorf("%s is about %q, want %q", document, got, want)
		}
	}
}

func TestSecrets(t *testing.T) {
	for _, url := range []string{
		"postgres://app:hunter2@db:5432/shop",
		"postgres://app:hun:ter2@db:5432/shop",
		"db:5432/shop?sslpassword=hunter2&x=1",
		"server=db;Password=hunter2;database=shop",
		"host=db password='hunter2 again' dbname=shop",
		"https://api.example.com/?token=hunter2",
	} {
		encoded, _ := json.Marshal(url)
		_, text := parse(t, start+`,"subsegments":[{"id":"00000000000000b1","name":"db","start_time":1,"sql":{"url":`+string(encoded)+`}}]}`)
		if strings.Contains(string(text), "hun") || !strings.Contains(string(text), "•••") {
			t.Errorf("%s has become %s", url, text)
		}
	}
	for _, url := range []string{"postgres://db:5432/shop", "https://example.com/passwords?page=2", "https://example.com/a@b"} {
		_, text := parse(t, start+`,"http":{"request":{"url":"`+url+`"}}}`)
		if !strings.Contains(string(text), url) {
			t.Errorf("%s has become %s", url, text)
		}
	}
}

func TestMaskSQL(t *testing.T) {
	tests := []struct{ query, want string }{
		{"SELECT 1", "SELECT ?"},
		{"SELECT a2, t1.b FROM t1 WHERE id = $1 AND x = ?", "SELECT a2, t1.b FROM t1 WHERE id = $1 AND x = ?"},
		{"INSERT INTO t VALUES ('it''s', -1.5e3, 0x1F, E'a', N'b')", "INSERT INTO t VALUES (?, -?, ?, ?, ?)"},
		{`UPDATE t SET "Name" = "Ann" WHERE a IN ("b", "c")`, `UPDATE t SET "Name" = ? WHERE a IN (?, ?)`},
		{"SELECT `from` FROM t /* key=abc */ -- secret\n WHERE a = 'b'", "SELECT `from` FROM t    \n WHERE a = ?"},
		{"SELECT $$it's$$, $tag$ $$ $tag$, $2::text", "SELECT ?, ?, $2::text"},
		{`SELECT 'a\' , 'secret'`, "SELECT ?"},
		{`SELECT 'C:\dir', 'b'`, "SELECT ?, ?"},
		{"SELECT 'open", "SELECT ?"},
		{"SELECT 'ä' || \"ö\" FROM Straße", "SELECT ? || ? FROM Straße"},
		{"SELECT /* open", "SELECT  "},
		{"$", "$"},
		{"", ""},
	}
	for _, test := range tests {
		if got := MaskSQL(test.query); got != test.want {
			t.Errorf("MaskSQL(%q) = %q, want %q", test.query, got, test.want)
		}
	}
	doc, text := parse(t, start+`,"subsegments":[{"id":"00000000000000b1","name":"db","start_time":1,"sql":{"sanitized_query":"SELECT 'secret'"}}]}`)
	if strings.Contains(string(text), "secret") || doc.Subsegments[0].SQL.SanitizedQuery != "SELECT ?" {
		t.Errorf("the statement is not masked: %s", text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(head + start + `,"end_time":1795343090.75,"subsegments":[{"id":"00000000000000b1","name":"x","start_time":1,"sql":{"sanitized_query":"SELECT 'a'"}},{"id":"00000000000000b1"}]}`))
	f.Add([]byte(head + nested(3)))
	f.Fuzz(func(t *testing.T, datagram []byte) {
		doc, text, err := Parse(datagram, true)
		if err != nil {
			return
		}
		if _, err := Merge(text, text); err != nil {
			t.Errorf("what was parsed can't be merged: %v", err)
		}
		Walk(doc, func(doc, _ *Document) {
			if _, ok := Number(doc.ID); !ok || len(doc.Name) > maxName {
				t.Errorf("a document with the id %q and the name %q", doc.ID, doc.Name)
			}
		})
	})
}

// parse parses a document, with SQL masked, and fails the test when it can't be parsed.
func parse(t *testing.T, document string) (*Document, []byte) {
	t.Helper()
	doc, text, err := Parse([]byte(head+document), true)
	if err != nil {
		t.Fatal(err)
	}
	return doc, text
}

func shape(doc *Document) string {
	var below []string
	for _, sub := range doc.Subsegments {
		below = append(below, shape(sub))
	}
	if len(below) == 0 {
		return doc.Name
	}
	return doc.Name + "(" + strings.Join(below, " ") + ")"
}
