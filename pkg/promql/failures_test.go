package promql

import (
	"testing"
)

func TestMatchersThatPickFailures(t *testing.T) {
	tests := []struct {
		matcher              string
		errorClass, keepGood bool
	}{
		{`status=~"5.."`, true, false},
		{`status=~"5xx"`, true, false},
		{`code=~"5..|429"`, true, false},
		{`code=~"[45].."`, true, false},
		{`code=~"5[0-9]+"`, true, false},
		{`status_code="503"`, true, false},
		{`status="failed"`, true, false},
		{`status="payment_failed"`, true, false},
		{`outcome="SERVER_ERROR"`, true, false},
		{`grpc_code=~"Internal|Unavailable"`, true, false},
		{`success="false"`, true, false},
		{`error="true"`, true, false},
		{`error_type="timeout"`, true, false},
		{`code!~"2.."`, true, false},
		{`status!="success"`, true, false},
		{`grpc_code!="OK"`, true, false},
		{`code!~"1..|2..|3..|4.."`, true, false},

		{`status!~"5.."`, false, true},
		{`status!="failed"`, false, true},
		{`status!="error"`, false, true},
		{`code!~"5..|429"`, false, true},

		{`status=~"2.."`, false, false},
		{`status=~".+"`, false, false},
		{`status="200"`, false, false},
		{`status=""`, false, false},
		{`status!=""`, false, false},
		{`success="true"`, false, false},
		{`error="false"`, false, false},
		{`path="/error"`, false, false},
		{`error_type!="timeout"`, false, false},
		{`le="0.5"`, false, false},
		{`method!="GET"`, false, false},
	}
	for _, tt := range tests {
		expr, err := Parse("m{" + tt.matcher + "}")
		if err != nil {
			t.Fatal(err)
		}
		m := Selectors(expr)[0].Matchers[0]
		if got := PicksFailures(m); got != tt.errorClass {
			t.Errorf("%s: picks failures %t, want %t", tt.matcher, got, tt.errorClass)
		}
		if got := KeepsGood(m); got != tt.keepGood {
			t.Errorf("%s: keeps what is no failure %t, want %t", tt.matcher, got, tt.keepGood)
		}
	}
}
