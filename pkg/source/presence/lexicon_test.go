package presence

import "testing"

func TestDidYouMean(t *testing.T) {
	names := []string{
		"cart_items", "go_goroutines", "http_request_size_bytes_count", "http_requests_total", "http_server_request_duration_seconds_bucket",
		"http_server_requests_seconds_count", "jobs_processed_total", "orders_placed_total", "process_cpu_seconds_total", "up",
	}
	tests := []struct{ name, want string }{
		{"http_request_total", "http_requests_total"},
		{"http_requests", "http_requests_total"},
		{"htpp_requests_total", "http_requests_total"},
		{"http_server_requests_seconds_sum", "http_server_requests_seconds_count"},
		{"http_server_request_duration_ms_bucket", "http_server_request_duration_seconds_bucket"},
		{"job_processed_total", "jobs_processed_total"},
		{"orders_total_placed", "orders_placed_total"},
		{"upp", "up"},
		{"payment_retries_total", ""},
		{"sessions_active", ""},
	}
	lexicon := NewLexicon(names)
	for _, tt := range tests {
		got := ""
		if list := lexicon.Similar(tt.name, []string{tt.name}); len(list) > 0 {
			got = list[0]
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
