package traces

import (
	"bytes"
	"compress/flate"
	"io"
)

// vocabulary is what documents have in common. It lets even a small one be packed well.
var vocabulary = []byte(`"aws":{"xray":{"sdk_version":"2.0.3","sdk":"X-Ray for Go"}},"service":{"compiler_version":"go1.","compiler":"gc","version":"","runtime_version":"go1.","runtime":"gc"},` +
	`"cause":{"working_directory":"/","paths":null,"exceptions":[{"id":"","type":"error","message":"","stack":[{"path":"runtime/asm_amd64.s","line":1,"label":"goexit"},{"path":"net/http/server.go","line":2,"label":"HandlerFunc.ServeHTTP"}` +
	`"sql":{"url":"postgres://127.0.0.1:5432/","database_type":"Postgres","database_version":"PostgreSQL","driver_version":"github.com/lib/pq","user":"","sanitized_query":"SELECT  FROM  WHERE  = $1","INSERT INTO () VALUES ($1, $2)UPDATE  SET "` +
	`"throttle":true,"fault":true,"error":true,"in_progress":true,"annotations":{"order_id":"metadata":{"default":{"operation":"","region":"","request_id":"","retries":0,"table_name":""` +
	`"http":{"request":{"method":"GET","url":"http://127.0.0.1:8080/","client_ip":"127.0.0.1","user_agent":"Go-http-client/1.1","x_forwarded_for":true},"response":{"status":200,"content_length":0}},` +
	`"name":"request","start_time":17,"end_time":17},"name":"response","name":"connect","name":"dial","name":"dns","metadata":{"http":{"connection":{"reused":true,"was_idle":true}}},"name":"attempt","name":"marshal",` +
	`"subsegments":[{"trace_id":"1-","id":"","name":"127.0.0.1:","namespace":"remote","namespace":"aws","parent_id":"","type":"subsegment","start_time":17.,"end_time":17.,"Dummy":false}],"Dummy":false}`)

// packer compresses documents one after the other.
type packer struct {
	writer *flate.Writer
	out    bytes.Buffer
}

func (p *packer) pack(text []byte) []byte {
	p.out.Reset()
	if p.writer == nil {
		p.writer, _ = flate.NewWriterDict(&p.out, flate.BestSpeed, vocabulary) // fails for a bad level only
	} else {
		p.writer.Reset(&p.out)
	}
	_, _ = p.writer.Write(text) // a buffer takes everything
	_ = p.writer.Close()
	return bytes.Clone(p.out.Bytes())
}

func unpack(packed []byte) ([]byte, error) {
	return io.ReadAll(flate.NewReaderDict(bytes.NewReader(packed), vocabulary))
}
