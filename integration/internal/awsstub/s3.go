package awsstub

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/http"
)

// s3 keeps objects under paths of the form /BUCKET/KEY; every bucket exists.
func (s *Stub) s3(r *http.Request, body []byte) reply {
	switch r.Method {
	case http.MethodPut:
		s.objects[r.URL.Path] = body
		return reply{operation: "PutObject", status: http.StatusOK, header: s3Header(body)}
	case http.MethodGet:
		object, ok := s.objects[r.URL.Path]
		if !ok {
			return s3Failure("GetObject", http.StatusNotFound, "NoSuchKey")
		}
		return reply{operation: "GetObject", status: http.StatusOK, header: s3Header(object), body: object}
	}
	return s3Failure(r.Method, http.StatusNotImplemented, "NotImplemented")
}

func s3Header(object []byte) map[string]string {
	sum := md5.Sum(object)
	return map[string]string{
		"ETag":             `"` + hex.EncodeToString(sum[:]) + `"`,
		"X-Amz-Request-Id": "4442587FB7D0A2F9",
		"X-Amz-Id-2":       "vlR7PnpV2Ce81l0PRw6jlUpck7Jo5ZsQjryTjKlc5aLWGVHPZLj5NeC6qMa0emYBDXOo6QBU0Wo=",
	}
}

func s3Failure(operation string, status int, code string) reply {
	return reply{
		operation: operation,
		status:    status,
		header:    map[string]string{"Content-Type": "application/xml"},
		body:      fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code></Error>`, code),
	}
}
