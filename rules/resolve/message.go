package resolve

import (
	"go/types"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// messageOf returns the key of the type of messages that a function of support code begins
// segments for, told by its signature, or "":
//
//	func xrayWorkKafka(ctx context.Context, name string, m kafka.Message) (context.Context, func())
func messageOf(sig *types.Signature) string {
	in, out := sig.Params(), sig.Results()
	if in.Len() != 3 || out.Len() != 2 || types.TypeString(in.At(0).Type(), nil) != "context.Context" || in.At(1).Type() != types.Typ[types.String] {
		return ""
	}
	if end, ok := out.At(1).Type().(*types.Signature); !ok || end.Params().Len()+end.Results().Len() != 0 {
		return ""
	}
	return rules.MessageKey(in.At(2).Type())
}
