package awsstub

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// sqs takes messages for any queue and throws them away.
func (s *Stub) sqs(r *http.Request, body []byte) reply {
	op := operation(r, "AmazonSQS.")
	var in struct{ QueueName, QueueUrl, MessageBody string }
	if err := json.Unmarshal(body, &in); err != nil {
		return failure(op, "com.amazon.coral.service#SerializationException", err.Error())
	}
	queues := s.server.URL + "/000000000000/"
	switch op {
	case "GetQueueUrl":
		return success(op, map[string]string{"QueueUrl": queues + in.QueueName})
	case "SendMessage":
		if !strings.HasPrefix(in.QueueUrl, queues) {
			return failure(op, "com.amazonaws.sqs#QueueDoesNotExist", "The specified queue does not exist.")
		}
		sum := md5.Sum([]byte(in.MessageBody))
		s.messages++
		return success(op, map[string]string{
			"MD5OfMessageBody": hex.EncodeToString(sum[:]),
			"MessageId":        fmt.Sprintf("00000000-0000-4000-8000-%012d", s.messages),
		})
	}
	return failure(op, "com.amazon.coral.service#UnknownOperationException", "")
}
