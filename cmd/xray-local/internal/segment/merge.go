package segment

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// object is a document with all of its fields.
type object = map[string]any

// Merge returns the text of two versions of one document as one: of each subsegment there
// is one, the one that has ended or else the newer. The SDK sends a segment again, with
// everything that is in it, whenever a subsegment ends after it has.
func Merge(older, newer []byte) ([]byte, error) {
	a, err := generic(older)
	if err != nil {
		return nil, err
	}
	b, err := generic(newer)
	if err != nil {
		return nil, err
	}
	return json.Marshal(merge(a, b))
}

// rewrite returns the text of a document without doubled subsegments and without secrets.
func rewrite(text []byte, mask bool) ([]byte, error) {
	doc, err := generic(text)
	if err != nil {
		return nil, err
	}
	redact(doc, mask)
	doc["subsegments"] = distinct(children(doc))
	return json.Marshal(doc)
}

// generic keeps numbers as they are written.
func generic(text []byte) (object, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var doc object
	err := decoder.Decode(&doc)
	return doc, err
}

func children(doc object) []object {
	if subs, ok := doc["subsegments"].([]object); ok {
		return subs
	}
	list, _ := doc["subsegments"].([]any)
	var subs []object
	for _, item := range list {
		if sub, ok := item.(object); ok {
			subs = append(subs, sub)
		}
	}
	return subs
}

// distinct merges those with the same id, here and below, and keeps the order.
func distinct(docs []object) []object {
	at := map[any]int{}
	var kept []object
	for _, doc := range docs {
		if i, again := at[doc["id"]]; again {
			kept[i] = merge(kept[i], doc)
			continue
		}
		doc["subsegments"] = distinct(children(doc))
		at[doc["id"]] = len(kept)
		kept = append(kept, doc)
	}
	return kept
}

// merge returns one of two versions of a document, with the subsegments of both.
func merge(older, newer object) object {
	best := newer
	if ended(older) && !ended(newer) {
		best = older
	}
	best["subsegments"] = distinct(slices.Concat(children(older), children(newer)))
	return best
}

func ended(doc object) bool {
	open, _ := doc["in_progress"].(bool)
	return !open && doc["end_time"] != nil
}

// secret finds what may be a credential: a password in an address, or a parameter named like one.
var secret = regexp.MustCompile(`(?i)(://[^\s/:@"'\\]*:)[^\s@"'\\]+(@)|\b((?:ssl)?password|passwd|pwd|secret|token|_?auth_?(?:pass|token)|access_?key|signature|x-amz-security-token)(=)(?:'[^']*'|[^\s&;,"'\\]+)`)

// places are the fields in which addresses stand.
var places = map[string]bool{"url": true, "connection_string": true}

// hasSecret says whether there is something to redact in a document.
func hasSecret(doc *Document) bool {
	found := false
	look := func(text string) { found = found || suspicious(text) && secret.MatchString(text) }
	Walk(doc, func(doc, _ *Document) {
		if doc.HTTP != nil {
			look(doc.HTTP.Request.URL)
		}
		if doc.SQL != nil {
			look(doc.SQL.URL)
			look(doc.SQL.ConnectionString)
		}
	})
	return found
}

// suspicious says whether it is worth the while to look for a secret in an address.
func suspicious(text string) bool {
	if strings.Contains(text, "=") {
		return true
	}
	_, rest, _ := strings.Cut(text, "://")
	at := strings.LastIndexByte(rest, '@')
	return at >= 0 && strings.Contains(rest[:at], ":")
}

// redact takes credentials out of addresses, and with mask the literals out of SQL.
func redact(v any, mask bool) {
	switch v := v.(type) {
	case object:
		for key, value := range v {
			text, ok := value.(string)
			switch {
			case ok && places[key]:
				v[key] = secret.ReplaceAllString(text, "${1}${3}${4}•••${2}")
			case ok && mask && (key == "sanitized_query" || key == "query"):
				v[key] = MaskSQL(text)
			case !ok:
				redact(value, mask)
			}
		}
	case []any:
		for _, item := range v {
			redact(item, mask)
		}
	}
}
