# SPDX-License-Identifier: Apache-2.0
printf 'a b c\nd e f\n\ng\n' >f
awk '{print $1}' f; awk '{print $2, $1}' f; awk '{print $NF}' f; awk 'END {print NR}' f; awk '{print NF}' f; awk 'NF > 1 {print $(NF-1)}' f
awk '/e/' f; awk '!/e/' f; awk '/a/,/d/' f; awk 'NR==2' f; awk 'NR>1 {print NR ": " $0}' f; awk '/a/ {print "A"} /d/ {print "D"; next} {print "x"}' f
awk '$1 == "d" {print $3}' f; awk '$1 ~ /^[ad]$/' f; awk '$1 !~ /a/ && NF' f; awk 'length > 1' f; awk 'length($0) == 1' f; awk NF f; awk 1 f
####
printf 'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nu:x:1000:1000:U,,,:/home/u:/bin/sh\n' >passwd
awk -F: '{print $1}' passwd; awk -F : '$3 >= 1000 {print $1}' passwd; awk -F: '$1=="daemon"{print $7}' passwd; awk -F'[:,]' '{print NF}' passwd; awk 'BEGIN{FS=":"} {print $6}' passwd
awk -F: -v u=u '$1 == u {print $6}' passwd; awk -v 'x=a\tb' 'BEGIN {print x}'; awk -F: '{s += $3} END {print s, NR, s/NR}' passwd
awk -F: 'BEGIN {OFS=":"} {$2 = "!"; print}' passwd; awk -F: -v OFS=- '{print $1,$3}' passwd; awk -F: '{$3 = ""; print}' passwd; awk -F: '{NF=2; print}' passwd
awk -F'|' '{print $2}' <<E
a|b|c
E
awk -F. '{print $2}' <<E
a.b.c
E
awk -F'\t' '{print $2}' <<E
a b	c d
E
awk -F', *' '{print $2 "-" $3}' <<E
a, b,   c
E
####
awk 'BEGIN {print 1+2*3, (1+2)*3, 7/2, 7%3, -7%3, 2^10, 2^3^2, -2^2, 1e3, 0.1+0.2, 1/3, 100000000, 3.0, "3"+4, "3x"+1, "x"+1, 1 " " 2, 1 2}'
awk 'BEGIN {print 1<2, 2<10, "2"<"10", "a"<"b", 1==1.0, "1"==1, "a"=="a", !0, !1, !"", !"a", 1&&0, 1||0, 0||0}'
awk 'BEGIN {x = 5; x += 2; print x; x -= 1; print x; x *= 2; print x; x /= 4; print x; x %= 2; print x; x ^= 2; print x; print x++, x, ++x, x--, --x; y = z = 3; print y z; print x == 1 ? "one" : "other"; print (x > 0) ? "pos" : "neg"}'
awk 'BEGIN {print length("hello"), substr("hello", 2, 3), substr("hello", 4), substr("hello", 0), substr("hello", 2, 100), substr("hello", 7), substr("hello", 2, 0), index("hello", "ll"), index("hello", "x"), toupper("aBc"), tolower("AbC"), int(3.9), int(-3.9), int("4x")}'
awk 'BEGIN {s = "hello"; n = sub(/l/, "L", s); print n, s; n = gsub(/[eo]/, "<&>", s); print n, s; gsub(/x*/, "-", s); print s; t = "a.b.c"; gsub(/\./, "\\&", t); print t; gsub("b", "[&]", t); print t; u = "aaa"; print gsub(/a/, "b", u), u; v = "abc"; gsub(/$/, "!", v); print v; gsub(/^/, "!", v); print v}'
awk 'BEGIN {print match("foobar", /o+/), RSTART, RLENGTH; print match("x", /y/), RSTART, RLENGTH; n = split("a:b:c", A, ":"); print n, A[1], A[2], A[3]; n = split("  x y  ", B); print n, B[1], B[2]; print split("", C); n = split("a1b22c", D, /[0-9]+/); print n, D[3]}'
####
awk 'BEGIN {printf "%s %d %5d|%-5d|%05d %x %o %c %c %e %.2f %g %%\n", "str", 42.9, 42, 42, 42, 255, 8, "hello", 65, 12345.678, 3.14159, 0.0001; printf("%s-%s\n", "a", "b"); printf "%5s|%-5s|%.2s|%*d\n", "ab", "ab", "abcdef", 4, 7; printf "no newline"; printf "\n"; x = sprintf("%03d", 7); print x; printf "%i %u %X\n", 3, 4, 255; printf "%+d % d\n", 5, 5}'
####
awk 'BEGIN {for (i = 0; i < 3; i++) print i; while (i > 0) {i--; if (i == 1) continue; print "w" i}; do {i++} while (i < 5); print i; for (;;) {if (++i > 8) break}; print i; if (i == 9) print "nine"; else print "other"; if (i == 1) {print "x"} else if (i == 9) {print "y"} else print "z"}'
awk 'BEGIN {a["x"] = 1; a["y"]; print ("x" in a), ("y" in a), ("z" in a), length(a); delete a["x"]; print ("x" in a); for (k in a) print k; b[1,2] = 3; print ((1,2) in b), b[1,2]; delete b; print length(b)}'
printf 'a 1\nb 2\na 3\n' | awk '{s[$1] += $2} END {print s["a"], s["b"]}'
printf 'x\ny\nx\n' | awk '!seen[$0]++'
printf '3\n10\n9\n' | awk '$1 > m {m = $1} END {print m}'
printf 'a\nb\nc\n' | awk '{l[NR] = $0} END {for (i = NR; i > 0; i--) print l[i]}'
awk 'BEGIN {exit 3} END {print "end"}' </dev/null; echo $?
printf '1\n2\n3\n' | awk '$1 == 2 {exit 5} {print}'; echo $?
printf '1\n2\n3\n' | awk 'NR == 2 {exit} {print} END {print "e" NR}'; echo $?
printf 'k=v\nl = w\n' | awk -F ' *= *' '{print $1 "|" $2}'
####
echo data >in
awk '{print > "out1"; print "more" > "out1"; print "app" >> "out2"; print "e" > "/dev/stderr"}' in 2>err; cat out1 out2 err
awk '{print $0 > FILENAME ".copy"}' in; cat in.copy
awk 'BEGIN {print "x" > "y" "z"}' 2>/dev/null; ls
awk '{print FILENAME, FNR, NR}' in in; awk '{print v $0}' v=1 in v=2 in; awk 'END{print $0}' in
echo '{ print "prog", $1 } # comment' >prog; awk -f prog in
awk '
# a comment
BEGIN { x = 1 ; y = 2 }   # another

{
	if (x)
		print "x"
	else
		print "no"
	z = x \
		+ y
}
END	{ print z; }
' in 2>&1 || echo syntax
awk 'BEGIN { if (1)
print "a"; else print "b" }'
awk 'BEGIN{print length()}' ; echo abc | awk '{print length}'; echo abc | awk '{ print length, NR }'
A=env awk 'BEGIN {print ENVIRON["A"], ENVIRON["NOPE"] "x"}'
awk 'BEGIN {print "a\tb\\n\"q\"\/"; print "a" > "/dev/stdout"; print substr("x", 1) ""; print 1==1, "a" "b" == "ab"; print -1 " " -1; print 1 - 1, 2 -1}'
awk nosuch nothere 2>/dev/null; echo $?
awk 'BEGIN {print 010+0, 1e2, ".5"+0, "+3"+0}'
echo '5 apples' | awk '{print $1 * 2; $1 = $1 + 1; print; print $0; $5 = "e"; print; print NF; $0 = "new line here"; print $2, NF}'
echo '10 9' | awk '{print ($1 > $2), ($1 < $2), ($1"" < $2"")}'
echo 'a  b   c' | awk '{$1 = $1; print}'
printf 'one:two;three' | awk -v RS=';' '{print NR ": " $0}'
printf 'a b\n' | awk '{ $3 = "c" } 1'
printf '[sec]\nk=1\n[other]\nk=2\n' | awk '/^\[other\]/ {on = 1} on && /^k=/ {sub(/^k=/, ""); print}'
printf 'a/b/c\n' | awk -F/ '{print $NF; print $(NF - 1); n = NF; print $n}'
echo | awk '{print substr("hello world", index("hello world", " ") + 1)}'
echo "Version: 1.2-3" | awk '/^Version:/ {print $2}'
awk 'BEGIN { "x" ~ "x" ; print ("ab" ~ "^a"), ("ab" ~ /b$/), ("a.b" ~ "a\\.b"), ("axb" ~ "a\\.b"), ("a/b" ~ /a\/b/), ("]" ~ /[]]/), ("a-b" ~ /[a\-]/) }' 2>/dev/null
echo x y | awk '{ print $1, $2 > "o"; close("o") }'; cat o
echo "a b" | awk '{ i = 1; print $i++; print i; print $++i "|" }'
####
echo x | awk '{print NR, FNR}' NR=5 -
echo xy | awk '{match($0, /y/); print RSTART}' RSTART=q RLENGTH=z -
####
awk 'BEGIN { print "a\x27b" "\x4g" "\x414" "\xz" "\x41" "\x2" }'
####
printf '# c\n-D\n-e 2\nx\n' | awk '{ if (match($0, "^\\s*#")) next; if (match($0, "^\\s*-D\\s*$")) { print "D " RSTART RLENGTH; next } print $0 ~ "^\\\\s", $0 }'
