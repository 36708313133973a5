# Reads the output of "go test -v ./...", shows a line a package as it ends and
# everything that a failing package said, and counts the tests at the end.
# Counts include subtests. The exit code is that of the tests.

/^=== (RUN|PAUSE|CONT|NAME)/ { next }
/^ *--- PASS:/ { passed++; next }
/^ *--- SKIP:/ { skipped++; skips = skips "\n  skipped: " $3 }
/^ *--- FAIL:/ { failed++ }

/^ok / { packages++; print; fflush(); said = ""; next }
/^\?   .*no test files/ { next }
/^FAIL\t/ { bad++; printf "%s%s\n", said, $0; fflush(); said = ""; next }
/^(PASS|FAIL)$/ { next }

{ said = said $0 "\n" }

END {
	printf "%s", (bad || packages == 0) ? said : ""
	printf "%d tests passed, %d failed, %d skipped in %d packages%s\n", passed, failed, skipped, packages + bad, skips
	exit (bad || failed || packages == 0) ? 1 : 0
}
