package awsstub

import (
	"encoding/json"
	"net/http"
	"regexp"
)

const dynamoErrors = "com.amazonaws.dynamodb.v20120810#"

// attributes are those of a DynamoDB item, each a value with its type: {"N": "1"}.
type attributes map[string]json.RawMessage

// table is a DynamoDB table with a hash key alone.
type table struct {
	key   string
	items map[string]attributes // by the JSON of the key's value
}

// dynamoInput has the fields of all operations.
type dynamoInput struct {
	TableName           string
	KeySchema           []struct{ AttributeName, KeyType string }
	Key, Item           attributes
	ConditionExpression string
}

// absent is the only kind of condition that the stub knows.
var absent = regexp.MustCompile(`^attribute_not_exists\((\w+)\)$`)

func (s *Stub) dynamoDB(r *http.Request, body []byte) reply {
	op := operation(r, "DynamoDB_20120810.")
	var in dynamoInput
	if err := json.Unmarshal(body, &in); err != nil {
		return failure(op, "com.amazon.coral.service#SerializationException", err.Error())
	}
	if op == "CreateTable" {
		return s.createTable(in)
	}
	t := s.tables[in.TableName]
	if t == nil {
		return failure(op, dynamoErrors+"ResourceNotFoundException", "Requested resource not found: Table: "+in.TableName+" not found")
	}
	switch op {
	case "DescribeTable":
		return success(op, map[string]any{"Table": t.describe(in.TableName)})
	case "GetItem":
		out := map[string]attributes{}
		if item, ok := t.items[string(in.Key[t.key])]; ok {
			out["Item"] = item
		}
		return success(op, out)
	case "PutItem":
		return t.put(in)
	}
	return failure(op, "com.amazon.coral.service#UnknownOperationException", "")
}

func (s *Stub) createTable(in dynamoInput) reply {
	const op = "CreateTable"
	if s.tables[in.TableName] != nil {
		return failure(op, dynamoErrors+"ResourceInUseException", "Table already exists: "+in.TableName)
	}
	if len(in.KeySchema) != 1 || in.KeySchema[0].KeyType != "HASH" {
		return failure(op, "com.amazon.coral.validate#ValidationException", "the stand-in wants one hash key")
	}
	t := &table{key: in.KeySchema[0].AttributeName, items: map[string]attributes{}}
	s.tables[in.TableName] = t
	return success(op, map[string]any{"TableDescription": t.describe(in.TableName)})
}

func (t *table) put(in dynamoInput) reply {
	const op = "PutItem"
	key := string(in.Item[t.key])
	if key == "" {
		return failure(op, "com.amazon.coral.validate#ValidationException", "Missing the key "+t.key+" in the item")
	}
	if in.ConditionExpression != "" {
		condition := absent.FindStringSubmatch(in.ConditionExpression)
		if condition == nil {
			return failure(op, "com.amazon.coral.validate#ValidationException", "the stand-in does not know "+in.ConditionExpression)
		}
		if _, there := t.items[key][condition[1]]; there {
			return failure(op, dynamoErrors+"ConditionalCheckFailedException", "The conditional request failed")
		}
	}
	t.items[key] = in.Item
	return success(op, struct{}{})
}

func (t *table) describe(name string) map[string]any {
	return map[string]any{
		"TableName":   name,
		"TableStatus": "ACTIVE",
		"ItemCount":   len(t.items),
		"KeySchema":   []map[string]string{{"AttributeName": t.key, "KeyType": "HASH"}},
	}
}
