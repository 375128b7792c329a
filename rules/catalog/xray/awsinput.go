package xray

import (
	"reflect"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

// xrayInput returns the input of an AWS call as it is sent: the program's own, or a
// copy that has messages come with the header of their trace, or events go with it.
func xrayInput(seg *xray.Segment, input any) any {
	v := reflect.ValueOf(input)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return input
	}
	switch v.Type().Elem().Name() {
	case "ReceiveMessageInput":
		return xrayReceive(v).Interface()
	case "PutEventsInput":
		if seg != nil && seg.Namespace == "aws" {
			return xrayEvents(v, seg.DownstreamHeader().String()).Interface()
		}
	}
	return input
}

// xrayReceive has the messages of a queue come with the header of their trace, unless
// they do: as an attribute of the kind that the program asks for.
func xrayReceive(input reflect.Value) reflect.Value {
	field := "AttributeNames"
	if old := input.Elem().FieldByName(field); !old.IsValid() || old.Len() == 0 {
		field = "MessageSystemAttributeNames"
	}
	if !input.Elem().FieldByName(field).IsValid() { // an older client
		field = "AttributeNames"
	}
	names := input.Elem().FieldByName(field)
	if !names.IsValid() || names.Kind() != reflect.Slice { // another service's
		return input
	}
	for i := 0; i < names.Len(); i++ {
		if name := reflect.Indirect(names.Index(i)).String(); name == "All" || name == "AWSTraceHeader" {
			return input
		}
	}
	out := reflect.New(input.Type().Elem())
	out.Elem().Set(input.Elem())
	all := reflect.MakeSlice(names.Type(), names.Len()+1, names.Len()+1)
	reflect.Copy(all, names)
	name := all.Index(names.Len())
	if name.Kind() == reflect.Pointer {
		name.Set(reflect.New(name.Type().Elem()))
		name = name.Elem()
	}
	name.SetString("AWSTraceHeader")
	out.Elem().FieldByName(field).Set(all)
	return out
}

// xrayEvents has events that have no header of a trace go with one.
func xrayEvents(input reflect.Value, header string) reflect.Value {
	entries := input.Elem().FieldByName("Entries")
	if !entries.IsValid() || entries.Kind() != reflect.Slice || entries.Type().Elem().Kind() != reflect.Struct { // another service's
		return input
	}
	out := reflect.New(input.Type().Elem())
	out.Elem().Set(input.Elem())
	own := reflect.MakeSlice(entries.Type(), entries.Len(), entries.Len())
	for i := 0; i < entries.Len(); i++ {
		own.Index(i).Set(entries.Index(i))
		if f := own.Index(i).FieldByName("TraceHeader"); f.IsValid() && f.Type() == reflect.TypeOf(&header) && f.IsNil() {
			f.Set(reflect.ValueOf(&header))
		}
	}
	out.Elem().FieldByName("Entries").Set(own)
	return out
}
