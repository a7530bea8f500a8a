# SPDX-License-Identifier: Apache-2.0
printf 'b\na\nc\na\n' >f; sort f; sort -u f; sort -r f; uniq f; sort f | uniq -c; sort f | uniq -d; sort f | uniq -u; printf '10\n9\n2\n' | sort -n; printf '10\n9\n2\n' | sort; printf 'x:3\ny:1\n' | sort -t: -k2; printf 'x 3\ny 10\n' | sort -k2n; sort -o g f; cat g; printf 'B\na\n' | sort -f
####
echo hello | tr a-z A-Z; echo 'a  b' | tr -s ' '; echo a,b | tr , '\n'; echo abc123 | tr -d 0-9; echo abc | tr -dc 'a-b\n'; echo 'a.b-c' | tr '.-' '_'; echo x | tr x '\101'; echo aabb | tr -s a-z; echo "Hi There" | tr '[:upper:]' '[:lower:]'; echo 'a b' | tr -d '[:space:]'; echo; echo abc | tr -c 'a\n' x
####
seq 3; seq 2 4; seq 5 -2 1; seq 3 2
####
printf 'foo bar\nbar\n# c\nfoobar\nFOO\n' >f; grep foo f; grep -v foo f; grep -c bar f; grep -q foo f; echo $?; grep -q zip f; echo $?; grep -i foo f; grep -w foo f; grep -x bar f; grep -n bar f; grep -E 'foo|#' f; grep -F '#' f; grep -e foo -e '#' f; grep '^#' f; grep 'r$' f; grep -o 'o*b' f; grep -l foo f; grep -L foo f; echo $?; grep foo nof 2>/dev/null; echo $?; grep -s foo nof; echo $?; grep -m1 foo f; cat f | grep -v '^\s*#'; grep -hE '^(foo|bar)\b' f; grep foo f f; grep -h foo f f; grep '' f | wc -l; grep -c x f; printf 'a.b\naxb\n' | grep -F a.b; printf 'a\nb' | grep b; fgrep '*' f; echo $?; egrep 'o{2}' f; grep '\(o\)\1' f; grep '[[:upper:]]' f; mkdir d; cp f d/g; grep -r FOO d; grep -rl FOO d; grep foo d 2>/dev/null; echo $?; grep -q foo nof f 2>/dev/null; echo $?
####
printf 'one\ntwo\nthree\nfour\n' >f; sed s/o/0/ f; sed 's/o/0/g' f; sed -n 2p f; sed -n '2,3p' f; sed 2d f; sed '/two/d' f; sed '/two/,$d' f; sed -n '/t/p' f; sed -n '$p' f; sed '$d' f; sed -e s/one/1/ -e s/two/2/ f; sed 's/\(t\)\(.\)/\2\1/' f; sed -E 's/(t)(.)/\2\1/' f; sed -r 's/(o|e)+$/X/' f; sed 's,o,/,g' f; sed 's/.*/[&]/' f; sed 's/o/\n/' f; sed 'y/abcdefghijklmnopqrstuvwxyz/ABCDEFGHIJKLMNOPQRSTUVWXYZ/' f; sed 1q f; sed -n '/two/{p;q}' f; sed 's/t/T/2' f; sed -n 's/t/T/p' f; sed '2!d' f; sed '1~2d' f; sed '/one/,+1d' f; sed '0,/o/s//X/' f
####
printf 'a=1\nb=2\n' >f; sed -i 's/=1/=one/' f; cat f; sed -i.bak '/b/d' f; cat f f.bak; sed -i '1i # head' f; cat f; sed -i '$a tail' f; cat f; sed -i '/head/c\
changed' f; cat f; sed -i -e '/tail/s/^/#/' -e 's/a/A/' f; cat f; sed '1a\
  two lines\
more' f; sed 'a\  lead' f; chmod 600 f; sed -i s/A/B/ f; sed -n '/B/=' f; sed --in-place s/B/C/ f; cat f; sed -i s/x/y/ nof 2>/dev/null; echo $?
####
printf 'x\ny\nz' | sed 's/$/;/'; echo; printf 'a\nb\nc\n' | sed -n '1!G;h;$p'; printf 'a\nb\n' | sed 'N;s/\n/+/'; printf 'a\nb\nc\n' | sed 'N;P;D'; printf 'a\nb\nc\n' | sed ':a;N;$!ba;s/\n/,/g'; printf '1\n2\n' | sed '/1/n;s/2/two/'; printf 'k v\n' | sed 's/^\([^ ]*\)[[:space:]]*\(.*\)$/\2=\1/'; echo 'a/b/c' | sed 's#.*/##'; echo '  trim  ' | sed 's/^ *//;s/ *$//'; echo aXbX | sed 's/X/-/2g' 2>/dev/null || echo; echo abc | sed 's/x*/-/g'; echo baaac | sed 's/a*/x/g'; echo hello | sed 's/\(.*\)/\U\1/'; echo 'a.b' | sed 's/\./\\./'; echo "it's" | sed "s/'/\"/"; echo a | sed 's/a/x&y\&/'; echo foo | sed -e '/foo/!d' -e 's|o|/|'; echo a,b | sed 's/,/\
/'; echo ab | sed 's/[/]/x/;s/[^a]/[/'; echo 'p:q' | sed 's:\::=:'
####
printf 'l1\nl2\nl3\n' >f; sed '/l2/b;s/l/L/' f; sed -e ':x' -e 's/l/m/;tx' f; sed -n '/l1/,/l2/p' f; sed '/l1/,/l2/{s/l/k/}' f; sed -e '/l2/{' -e 'd' -e '}' f; sed '# comment
s/l/z/ # c
' f; sed -f - f <<E
s/l3/end/
/l1/d
E
sed -n '2{p}' f; sed '2{h;d};${G}' f; sed 'x;$!d;x' f; sed -n 'H;${x;s/\n/|/g;p}' f; sed 's/L/q/I' f; sed '/L1/Id' f; sed 2,1d f; sed '2,/nomatch/d' f; sed q5 f; echo $?; sed Q f; sed 's/\//x/;s/l\+/y/' f; sed 's/\bl/W/;s/[0-9]\{1\}/n/' f; echo 'a|b' | sed 's/a|b/x/'; echo 'a|b' | sed 's/a\|b/x/g'; echo tab | sed 's/a/\t/'
