// Package segment reads what X-Ray SDKs send: one datagram is a header line and one JSON
// document, a segment or a subsegment.
//
// Nothing in a document is trusted. It imports nothing of this module.
package segment

import (
	"encoding/json"
	"strings"
)

// Document is a segment or a subsegment, as far as it is looked at.
type Document struct {
	TraceID    string          `json:"trace_id"`
	ID         string          `json:"id"`
	ParentID   string          `json:"parent_id"`
	Name       string          `json:"name"`
	Type       string          `json:"type"` // "subsegment" for one that was sent by itself
	Namespace  string          `json:"namespace"`
	Origin     string          `json:"origin"`
	User       string          `json:"user"`
	Start      float64         `json:"start_time"`
	End        float64         `json:"end_time"`
	InProgress bool            `json:"in_progress"`
	Fault      bool            `json:"fault"`
	Error      bool            `json:"error"`
	Throttle   bool            `json:"throttle"`
	HTTP       *HTTP           `json:"http"`
	SQL        *SQL            `json:"sql"`
	AWS        AWS             `json:"aws"`
	Annotation map[string]any  `json:"annotations"`
	Metadata   json.RawMessage `json:"metadata"`
	Cause      json.RawMessage `json:"cause"` // an object, or the id of an exception elsewhere

	Subsegments []*Document `json:"subsegments"`
}

// HTTP is a request, sent or served, with its response.
type HTTP struct {
	Request struct {
		Method    string `json:"method"`
		URL       string `json:"url"`
		UserAgent string `json:"user_agent"`
		ClientIP  string `json:"client_ip"`
	} `json:"request"`
	Response struct {
		Status        int   `json:"status"`
		ContentLength int64 `json:"content_length"`
	} `json:"response"`
}

// SQL is a statement.
type SQL struct {
	URL              string `json:"url"`
	ConnectionString string `json:"connection_string"`
	DatabaseType     string `json:"database_type"`
	DatabaseVersion  string `json:"database_version"`
	DriverVersion    string `json:"driver_version"`
	User             string `json:"user"`
	Preparation      string `json:"preparation"`
	SanitizedQuery   string `json:"sanitized_query"`
}

// AWS is what a document says about AWS: a call in subsegments, the platform in segments.
type AWS map[string]any

// Text returns a field of it that is text.
func (a AWS) Text(key string) string {
	text, _ := a[key].(string)
	return text
}

// The keys under which SDKs, and the code that xray-instrument adds, name the resource of a call.
var resources = []string{"table_name", "bucket_name", "queue_name", "queue_url", "topic_name", "topic_arn", "function_name", "secret_name", "stream_name"}

// Resource returns the table, bucket, queue or the like that an AWS call is about.
func (d *Document) Resource() string {
	for _, key := range resources {
		name := d.AWS.Text(key)
		if name == "" {
			name, _ = d.Annotation[key].(string)
		}
		if name != "" {
			return name[strings.LastIndexAny(name, "/:")+1:]
		}
	}
	return ""
}

// Connects says whether it is the subsegment of a database's new connection, which is no statement.
func (d *Document) Connects() bool { return d.SQL != nil && d.SQL.SanitizedQuery == "CONNECT" }

// Streamed says whether the document is a subsegment that was sent by itself.
func (d *Document) Streamed() bool { return d.Type == "subsegment" }

// Done says whether it has ended.
func (d *Document) Done() bool { return !d.InProgress && d.End >= d.Start && d.End > 0 }
