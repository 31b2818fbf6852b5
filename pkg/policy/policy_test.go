package policy

import (
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func num(v float64) *float64 { return &v }

// christmas is a Wednesday at 10:30 UTC.
func christmas() Context {
	return Context{
		Now:     time.Date(2024, 12, 25, 10, 30, 0, 0, time.UTC),
		Service: "payments-api", Team: "payments", Tier: "critical", Environment: "prod",
		Metadata:        map[string]string{"region": "eu", "on-call": "yes", "cost.center": "42"},
		Branch:          "main",
		ChangeType:      "feature",
		BudgetRemaining: num(15), BudgetConsumed: num(85), WorstSLO: "availability",
		Burn: BurnRates{Hour1: num(14.4), Hour6: num(6), Day3: num(1)},
		SLOs: []SLO{
			{
				Name: "availability", Objective: num(99.9), SLI: num(0.99915), Remaining: num(15), Consumed: num(85),
				Burn: BurnRates{Hour1: num(14.4), Hour6: num(6), Day3: num(1)},
			},
			{Name: "latency", Objective: num(99)},
		},
		Downstream: &Downstream{Consumers: []string{"checkout", "web"}, Count: 3, HighCriticality: 1},
	}
}

func evaluate(t *testing.T, condition string, c Context) bool {
	t.Helper()
	compiled, err := Compile(condition, nil)
	if err != nil {
		t.Fatalf("Compile(%s): %v", condition, err)
	}
	holds, err := compiled.Eval(c)
	if err != nil {
		t.Fatalf("Eval(%s): %v", condition, err)
	}
	return holds
}

func TestConditionHolds(t *testing.T) {
	tests := []struct {
		condition string
		want      bool
	}{
		{`freeze_period('2024-12-20', '2025-01-02')`, true},
		{`NOT freeze_period('2024-12-20', '2025-01-02')`, false},
		{`(business_hours())`, true},
		{`business_hours( )`, true},
		{`NOT weekday AND tier == 'critical'`, false},
		{`NOT hour >= 9 AND tier == 'low'`, false},
		{`NOT hour >= 11 AND tier == 'critical'`, true},
		{`NOT (hour >= 9 AND tier == 'low')`, true},
		{`env == 'prod' OR env == 'dev' AND tier == 'low'`, true},
		{`hour >= 9 && hour <= 17`, true},
		{`team == 'a OR b'`, false},
		{``, true},
		{" \n\t", true},
		{`business_hours() AND weekday()`, true},
		{`date >= '2024-12-20'`, true},

		{`! weekday || !false`, true},
		{`not not weekday`, true},
		{`weekday aNd true`, true},
		{`weekday == true`, true},
		{`weekday != TRUE`, false},
		{`(hour > 9) == (minute > 29)`, true},
		{`hour == 10 AND minute == 30 AND day == 25 AND month == 12 AND year == 2024`, true},
		{`day_of_week == 2`, true},
		{`hour IN [9, 10, 11]`, true},
		{`hour NOT IN [9, 10, 11]`, false},
		{`hour not in [10.5]`, true},
		{`tier in ["critical", 'high']`, true},
		{`NOT tier IN ['low']`, true},
		{`service =~ '^pay.*-api$'`, true},
		{`service =~ 'v1\.2'`, false},
		{`'checkout' IN consumers`, true},
		{`'email' IN consumers`, false},
		{`downstream_count == 3 AND high_criticality_downstream >= 1`, true},
		{`budget_remaining < 15.5 AND budget_consumed >= 85`, true},
		{`budget_remaining > -5`, true},
		{`budget_remaining IN [15]`, true},
		{`burn_rate >= 14.4 AND burn_rate_1h == burn_rate AND burn_rate_6h >= 6 AND burn_rate_3d == 1`, true},
		{`slo_count == 2 AND worst_slo == 'availability'`, true},
		{`slo('availability').remaining == 15 AND slo('availability').consumed > 84`, true},
		{`slo("availability").sli < 0.9992 AND slo('latency').objective == 99`, true},
		{`slo('availability').burn_rate >= slo('availability').burn_rate_6h`, true},
		{`slo('availability').burn_rate_1h > slo('availability').burn_rate_3d`, true},
		{`environment == 'prod' AND team == 'payments' AND branch == 'main' AND change_type != 'hotfix'`, true},
		{`metadata.region == 'eu' AND metadata.cost.center == '42' AND label('on-call') == 'yes'`, true},
		{`label('absent') == ''`, true},
		{`day('wed') AND day('sat', 'Wednesday') AND NOT day('FRI')`, true},
		{`peak_traffic()`, true},
		{`between('10:30', '10:31')`, true},
		{`between('22:00', '06:00')`, false},
		{`between('10:31', '10:30')`, false},
		{`between('10:30', '24:00')`, true},
		{`business_hours(9, 18, 'Europe/Dublin')`, true},
		{`business_hours(11, 18)`, false},
		{`business_hours(11, 18, 'Asia/Tokyo')`, false},
		{`business_hours(11, 24, 'Europe/Berlin')`, true},
		{`freeze_period('2024-12-25', '2024-12-25')`, true},
		{`freeze_period('2024-12-26', '2024-12-31')`, false},
		{`freeze_period('2024-12-25T10:30:00Z', '2024-12-25T10:30:00Z')`, true},
		{`freeze_period('2024-12-25T11:31:00+01:00', '2024-12-26T00:00:00+01:00')`, false},
		{`team == "it's"`, false},
		{`team == 'it\'s' OR team == "a\\b"`, false},
		{"team != 'a`b' AND team != '`'", true},
		{`team != 'größe ☃'`, true},
		{`service == 'payments-api' AND NOT service == 'NOT AND OR'`, true},
	}
	for _, tt := range tests {
		t.Run(tt.condition, func(t *testing.T) {
			if got := evaluate(t, tt.condition, christmas()); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestConditionIsRefused(t *testing.T) {
	tests := []struct {
		condition string
		// under is the part of the text that the error is about.
		under      string
		message    string
		suggestion string
	}{
		{`hour >= 9 XOR weekday`, "XOR", "unexpected XOR", "AND or OR"},
		{`unknown_var < 5`, "unknown_var", "no value called unknown_var", "there are branch,"},
		{`buget_remaining < 5`, "buget_remaining", "no value called", "did you mean budget_remaining?"},
		{`Hour < 5`, "Hour", "no value called", "did you mean hour?"},
		{`tier == critical`, "critical", "no value called critical", "quote it: 'critical'"},
		{`env IN [prod]`, "prod", "no value called prod", "quote it: 'prod'"},
		{`hour = 10`, "=", "single =", "=="},
		{`hour => 10`, "=", "single =", "=="},
		{`hour & 1`, "&", "unexpected character &", "AND"},
		{`hour > 1 | weekday`, "|", "unexpected character |", "OR"},
		{`hour + 1 > 3`, "+", "unexpected character +", "do not calculate"},
		{`hour -1 > 3`, "-1", "unexpected -1", ""},
		{`9 <= hour <= 17`, "<=", "unexpected <=", "AND or OR"},
		{`hour >`, "", "expected a value before the end", ""},
		{`AND hour > 1`, "AND", "expected a value before AND", ""},
		{`hour > 1 AND`, "", "expected a value before the end", ""},
		{`hour > 1 AND OR weekday`, "OR", "expected a value before OR", ""},
		{`(hour > 1`, "(", "never closed", "close it with )"},
		{`hour > 1)`, ")", "unexpected )", "never opened"},
		{`hour IN [1, 2`, "[", "never closed", "]"},
		{`hour IN []`, "]", "expected a value", ""},
		{`hour IN [1, 'a']`, "'a'", "mixes a number and text", ""},
		{`hour IN [hour]`, "hour", "a list holds", ""},
		{`hour IN ['a']`, "hour IN ['a']", "cannot compare a number with text", ""},
		{`hour IN 5`, "5", "IN looks into a list", "tier IN"},
		{`team IN 'payments'`, "'payments'", "IN looks into a list", ""},
		{`hour == 'ten'`, "hour == 'ten'", "cannot compare a number with text", ""},
		{`weekday > false`, "weekday > false", "does not order", ""},
		{`consumers == consumers`, "consumers == consumers", "lists cannot be compared", "IN"},
		{`hour`, "hour", "this is a number", "compare"},
		{`tier`, "tier", "this is text", ""},
		{`hour AND weekday`, "hour", "this is a number", ""},
		{`weekday AND 'x'`, "'x'", "this is text", ""},
		{`NOT hour`, "hour", "this is a number", ""},
		{`tier == 'critical`, "'critical", "never closed", "'"},
		{`hour =~ '1'`, "hour", "=~ matches text", ""},
		{`team =~ tier`, "tier", "regular expression in quotes", ""},
		{`team =~ '('`, "'('", "regular expression is not valid", ""},
		{`date >= '2024-12-1'`, "'2024-12-1'", "not a date", "'2024-12-20'"},
		{`date >= 2024-12-20`, "date >= 2024", "cannot compare text with a number", "dates are text"},
		{`date IN ['2024-02-30']`, "'2024-02-30'", "not a date", ""},
		{`tier == 'tier-1'`, "'tier-1'", "tier is never tier-1", "write 'critical'"},
		{`'gold' == tier`, "'gold'", "no tier called gold", "critical, high, standard, low"},
		{`env == 'production'`, "'production'", "it is called prod", "write 'prod'"},
		{`busines_hours()`, "busines_hours", "no function called", "did you mean business_hours?"},
		{`hour()`, "hour", "no function called hour", "without parentheses"},
		{`business_hours AND weekday`, "business_hours", "no value called", "it is a function"},
		{`business_hours(9)`, "business_hours(9)", "is not called like this", "business_hours(9, 18)"},
		{`business_hours(9, 25)`, "25", "is not an hour", "0 to 24"},
		{`business_hours(9.5, 18)`, "9.5", "is not an hour", ""},
		{`business_hours(18, 9)`, "18, 9", "end before they begin", ""},
		{`business_hours(9, 18, 'Europe/Dubln')`, "'Europe/Dubln'", "no time zone", "Europe/Dublin"},
		{`business_hours(9, 18, 'Local')`, "'Local'", "no time zone", ""},
		{`business_hours(9, 18, '')`, "''", "no time zone", ""},
		{`business_hours(9, 18, '../../etc/passwd')`, "'../../etc/passwd'", "no time zone", ""},
		{`weekday(1)`, "weekday(1)", "is not called like this", "weekday()"},
		{`freeze_period('2024-12-20')`, "freeze_period('2024-12-20')", "is not called like this", ""},
		{`freeze_period('2024-13-01', '2025-01-02')`, "'2024-13-01'", "not a date", ""},
		{`freeze_period('2024-12-20', 'soon')`, "'2024-12-20'", "not a date or a time", "two dates"},
		{`freeze_period('2024-12-20', '2025-01-02T00:00:00Z')`, "'2024-12-20'", "not a date or a time", "two dates"},
		{`freeze_period('2024-12-20T18:00:00', '2025-01-02T00:00:00')`, "'2024-12-20T18:00:00'", "not a date or a time", "zone"},
		{`freeze_period('2025-01-02', '2024-12-20')`, "'2025-01-02', '2024-12-20'", "ends before it begins", ""},
		{`freeze_period('2025-01-02T00:00:00Z', '2024-12-20T00:00:00Z')`, "'2025-01-02T00:00:00Z', '2024-12-20T00:00:00Z'", "ends before it begins", ""},
		{`freeze_period('2024-12-20', '2025-01-02', 'Mars')`, "'Mars'", "no time zone", ""},
		{`freeze_period(date, '2025-01-02')`, "date", "expected a number or a quoted text", ""},
		{`between('22', '06:00')`, "'22'", "not a time of day", "'22:00'"},
		{`between('22:00', '22:00')`, "'22:00', '22:00'", "empty", ""},
		{`day('someday')`, "'someday'", "not a day", "mon, tue"},
		{`day()`, "day()", "is not called like this", "day('fri')"},
		{`day(5)`, "day(5)", "is not called like this", "day('fri')"},
		{`slo('availability') < 5`, "slo('availability')", "is not called like this", "remaining"},
		{`slo('availability').remainig < 5`, "remainig", "an SLO has no remainig", "did you mean remaining?"},
		{`slo(worst_slo).remaining < 5`, "worst_slo", "expected a number or a quoted text", ""},
		{`metadata == 'x'`, "metadata", "no value called metadata", "metadata.region"},
		{`metadata['x'] == 'y'`, "metadata", "no value called metadata", "label("},
		{`filter([1], true)`, "[", "expected a number or a quoted text", ""},
		{`len('x') == 1`, "len", "no function called len", ""},
		{`weekday ? true : false`, "?", "unexpected character ?", ""},
		{`metadata.a['b'] == 'c'`, "[", "unexpected [", "label('key')"},
		{`team == 'a' 'b'`, "'b'", "unexpected the text 'b'", ""},
		{`(hour > 1] AND weekday`, "]", "unexpected ], expected )", ""},
		{`label() == 'x'`, "label()", "is not called like this", "label('region')"},
		{`between('22:00', 'midnight')`, "'midnight'", "not a time of day", ""},
		{`hour < 1` + strings.Repeat("0", 400), "1" + strings.Repeat("0", 400), "too large", ""},
		{`"größe" == team AND`, "", "expected a value before the end", ""},
		{`team == 'x' ☃`, "☃", "unexpected character ☃", ""},
		{"weekday AND \xff", "\xff", "not valid UTF-8", ""},
		{strings.Repeat("(", 60) + "weekday" + strings.Repeat(")", 60), "(", "nested deeper", "several"},
		{strings.Repeat("not ", 60) + "weekday", "weekday", "nested deeper", "several"},
	}
	for _, tt := range tests {
		t.Run(tt.condition, func(t *testing.T) {
			_, err := Compile(tt.condition, nil)
			var refused *Error
			if !errors.As(err, &refused) {
				t.Fatalf("Compile: %v, want an *Error", err)
			}
			if under := tt.condition[refused.Start:refused.End]; under != tt.under {
				t.Errorf("the error is about %q, want %q (%v)", under, tt.under, refused)
			}
			if !strings.Contains(refused.Message, tt.message) {
				t.Errorf("message %q does not say %q", refused.Message, tt.message)
			}
			if !strings.Contains(refused.Suggestion, tt.suggestion) {
				t.Errorf("suggestion %q does not say %q", refused.Suggestion, tt.suggestion)
			}
		})
	}
}

func TestCompileRefusesLongText(t *testing.T) {
	condition := "weekday" + strings.Repeat(" OR weekday", 1000)
	if _, err := Compile(condition, nil); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("Compile of %d bytes: %v", len(condition), err)
	}
	longest := "1 IN [1" + strings.Repeat(",1", (maxBytes-8)/2) + "]"
	if _, err := Compile(longest, nil); err != nil {
		t.Errorf("Compile of %d bytes: %v", len(longest), err)
	}
}

func TestErrorTellsColumnAndFix(t *testing.T) {
	_, err := Compile("weekday AND hour = 10", nil)
	want := "a single = does not compare (column 18); compare with =="
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// A number that was not measured must never read as 0: "budget_remaining < 20"
// would hold and "burn_rate > 6" would not.
func TestUnknownValueIsAnError(t *testing.T) {
	bare := Context{Now: christmas().Now, SLOs: []SLO{{Name: "latency", Objective: num(99)}, {Name: "unset"}}}
	for condition, name := range map[string]string{
		`budget_remaining < 20`:               "budget_remaining",
		`budget_consumed > 20`:                "budget_consumed",
		`burn_rate > 6`:                       "burn_rate",
		`NOT burn_rate_1h > 6`:                "burn_rate_1h",
		`burn_rate_6h IN [1]`:                 "burn_rate_6h",
		`burn_rate_3d > 6`:                    "burn_rate_3d",
		`worst_slo == 'latency'`:              "worst_slo",
		`branch != 'main'`:                    "branch",
		`change_type == 'hotfix'`:             "change_type",
		`downstream_count == 0`:               "downstream_count",
		`high_criticality_downstream == 0`:    "high_criticality_downstream",
		`'web' IN consumers`:                  "consumers",
		`slo('latency').remaining < 5`:        "slo('latency').remaining",
		`slo('latency').consumed < 5`:         "slo('latency').consumed",
		`slo('latency').sli < 5`:              "slo('latency').sli",
		`slo('latency').burn_rate < 5`:        "slo('latency').burn_rate",
		`slo('latency').burn_rate_6h < 5`:     "slo('latency').burn_rate_6h",
		`slo('latency').burn_rate_3d < 5`:     "slo('latency').burn_rate_3d",
		`slo('absent').objective < 5`:         "slo('absent').objective",
		`slo('unset').objective < 5`:          "slo('unset').objective",
		`weekday AND budget_remaining < 20`:   "budget_remaining",
		`hour > 12 OR budget_remaining != 15`: "budget_remaining",
	} {
		compiled, err := Compile(condition, nil)
		if err != nil {
			t.Fatalf("Compile(%s): %v", condition, err)
		}
		holds, err := compiled.Eval(bare)
		var unknown *UnknownError
		if !errors.As(err, &unknown) || holds {
			t.Errorf("%s: got %v, %v, want an *UnknownError", condition, holds, err)
			continue
		}
		if unknown.Name != name || unknown.Why == "" {
			t.Errorf("%s: %q is unknown because %q, want %s", condition, unknown.Name, unknown.Why, name)
		}
	}
}

func TestUnknownValueThatTheAnswerDoesNotNeed(t *testing.T) {
	bare := Context{Now: christmas().Now}
	if evaluate(t, `hour > 12 AND budget_remaining < 20`, bare) {
		t.Error("false AND unknown is not false")
	}
	if !evaluate(t, `weekday OR budget_remaining < 20`, bare) {
		t.Error("true OR unknown is not true")
	}
}

func TestEveryVariableIsReadAsItsKind(t *testing.T) {
	for _, v := range variables() {
		condition := map[kind]string{
			number: v.name + " >= -1", text: v.name + " =~ ''", truth: v.name + " == true", list: "'web' IN " + v.name,
		}[v.kind]
		if !evaluate(t, condition, christmas()) {
			t.Errorf("%s does not hold", condition)
		}
	}
	for _, field := range sloFields() {
		if !evaluate(t, "slo('availability')."+field+" >= 0", christmas()) {
			t.Errorf("the SLO's %s cannot be read", field)
		}
	}
}

func TestUsageOfEveryFunctionCompiles(t *testing.T) {
	for _, f := range functions() {
		for _, form := range strings.Split(f.usage, " or ") {
			operand := map[string]string{"label": " == ''", "slo": " > 0"}[f.name]
			if _, err := Compile(form+operand, nil); err != nil {
				t.Errorf("%s: %v", form, err)
			}
		}
	}
}

func TestTextIsNeverTranslated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.String().Draw(t, "content")
		spelled := "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(content) + "'"
		compiled, err := Compile("team == "+spelled+" AND NOT team != "+spelled, nil)
		if err != nil {
			t.Fatalf("Compile: %v", err)
		}
		if holds, err := compiled.Eval(Context{Team: content}); err != nil || !holds {
			t.Fatalf("%s is not equal to itself: %v, %v", spelled, holds, err)
		}
		if holds, err := compiled.Eval(Context{Team: content + "x"}); err != nil || holds {
			t.Fatalf("%s is equal to another text: %v, %v", spelled, holds, err)
		}
	})
}

func TestNamesOfTheServiceAreChecked(t *testing.T) {
	names := &Names{Metadata: []string{"frozen", "team.region"}, SLOs: []string{"availability"}}
	for condition, message := range map[string]string{
		"metadata.frozen == 'yes'":           "",
		"label('team.region') == 'eu'":       "",
		"slo('availability').remaining < 20": "",
		"metadata.frozn == 'yes'":            "the service has no metadata called frozn (column 1); did you mean frozen?",
		"label('on-call') == 'yes'":          "the service has no metadata called on-call (column 7); add it below metadata:",
		"slo('availabilty').remaining < 20":  "the service has no SLO called availabilty (column 5); did you mean availability?",
	} {
		_, err := Compile(condition, names)
		if message == "" && err != nil || message != "" && (err == nil || err.Error() != message) {
			t.Errorf("%s: %v, want %q", condition, err, message)
		}
	}
	if _, err := Compile("slo('x').sli < 1", &Names{}); err == nil || !strings.Contains(err.Error(), "kind SLO") {
		t.Errorf("without SLOs: %v", err)
	}
}
