// Package mongod stands in for a MongoDB server in tests: it speaks as much of the
// wire protocol as the driver needs with a declared API version, and answers as much
// of its commands as tests ask for.
package mongod

import (
	"encoding/binary"
	"io"
	"net"
	"testing"

	"go.mongodb.org/mongo-driver/bson"
)

// Start runs a server for the length of a test and returns its address. Commands on
// a collection named "failing" fail; a find gives two batches of a document each.
func Start(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return l.Addr().String()
}

// opMsg is the code of the only message that is understood: a header of four
// numbers, flags, and a section with one document.
const opMsg = 2013

func serve(c net.Conn) {
	defer c.Close()
	for {
		var head [16]byte
		if _, err := io.ReadFull(c, head[:]); err != nil {
			return
		}
		body := make([]byte, binary.LittleEndian.Uint32(head[:])-16)
		if _, err := io.ReadFull(c, body); err != nil || binary.LittleEndian.Uint32(head[12:]) != opMsg {
			return
		}
		size := binary.LittleEndian.Uint32(body[5:])
		reply, err := bson.Marshal(answer(bson.Raw(body[5 : 5+size])))
		if err != nil {
			return
		}
		out := make([]byte, 21, 21+len(reply))
		binary.LittleEndian.PutUint32(out, uint32(21+len(reply)))
		copy(out[8:12], head[4:8]) // in answer to
		binary.LittleEndian.PutUint32(out[12:], opMsg)
		if _, err := c.Write(append(out, reply...)); err != nil {
			return
		}
	}
}

func answer(command bson.Raw) bson.D {
	elements, err := command.Elements()
	if err != nil || len(elements) == 0 {
		return bson.D{{Key: "ok", Value: 0}, {Key: "errmsg", Value: "malformed"}}
	}
	name := elements[0].Key()
	collection, _ := elements[0].Value().StringValueOK()
	cursor := func(id int64, batch string) bson.D {
		return bson.D{{Key: "ok", Value: 1}, {Key: "cursor", Value: bson.D{{Key: "id", Value: id}, {Key: "ns", Value: "shop.orders"}, {Key: batch, Value: bson.A{bson.D{{Key: "_id", Value: 7 - id}}}}}}}
	}
	switch {
	case collection == "failing":
		return bson.D{{Key: "ok", Value: 0}, {Key: "errmsg", Value: "no such thing"}, {Key: "code", Value: 59}, {Key: "codeName", Value: "CommandNotFound"}}
	case name == "hello":
		return bson.D{{Key: "ok", Value: 1}, {Key: "isWritablePrimary", Value: true}, {Key: "maxBsonObjectSize", Value: 16 << 20}, {Key: "maxMessageSizeBytes", Value: 48 << 20},
			{Key: "maxWriteBatchSize", Value: 1000}, {Key: "minWireVersion", Value: 0}, {Key: "maxWireVersion", Value: 17}}
	case name == "find":
		return cursor(3, "firstBatch")
	case name == "getMore":
		return cursor(0, "nextBatch")
	}
	return bson.D{{Key: "ok", Value: 1}, {Key: "n", Value: 1}}
}
