# SPDX-License-Identifier: Apache-2.0
echo a >f; echo b >>f; cat f; cat <f >g; cat g; >h; ls; echo c >f; cat f; echo x > "sp ace"; cat sp*; echo y >$(echo z); cat z; x='a b'; echo q >$x; ls
####
{ echo out; echo err >&2; } >f 2>&1; cat f; { echo out; echo err >&2; } 2>&1 >f | cat; cat f; { echo out; echo err >&2; } >f 2>g; cat f g; { echo o; echo e >&2; } 2>&1 | sort; { echo o; echo e >&2; } 2>f >&2; cat f
####
exec 3>f; echo a >&3; echo b >&3; exec 3>&-; cat f; echo x >&3; echo $?; exec 4<f; read a <&4; read b <&4; echo $a $b; exec 4<&-; read c <&4; echo $?; exec 5<>f; read q <&5; echo Z >&5; exec 5>&-; cat f
####
exec 3>&1 >f; echo to f; exec >&3 3>&-; echo back; cat f; exec 3>&1; { echo x >&3; } >/dev/null; exec 2>e; echo err >&2; nosuch; cat e | wc -l; exec 2>&1; nosuch2 | wc -l; exec <f; cat; exec </dev/null; cat
####
(exec >f; echo a); cat f; echo out; f() { exec 3>o; }; f; echo q >&3; cat o; { exec 4>p; } ; echo r >&4; cat p; (exec 5>s); echo t >&5; echo $?
####
echo a 1>f; cat f; echo a 2>f; cat f; echo 2 >f; cat f; echo 2>f; cat f; echo a2>f; cat f; echo 12>f; cat f; echo a >f b; cat f; >f echo c d; cat f; echo a >f >g; cat f; echo -; cat g; echo a>f;cat f; echo a>f&&cat f; echo x 1>&2 2>/dev/null; echo y >&1; echo z 1>&1
####
echo a >/dev/null; echo $?; cat </dev/null; echo $?; echo a >/dev/stderr; echo a 2>/dev/stdout; echo a >/dev/fd/1; echo b >/dev/stdout; echo c | cat /dev/stdin; echo d | cat - ; echo e | cat /dev/fd/0
####
if true; then echo a; fi >f; cat f; while read x; do echo "<$x>"; done <f; for i in 1 2; do echo $i; done >f; cat f; for i in 1 2; do echo $i >>g; done; cat g; case a in a) echo c;; esac >f; cat f; { cat; } <f; (cat) <f; until ! read x; do echo u$x; done <g; f() { cat; } <g; f; f() { echo fn; } >o; f >p; cat o; echo -; cat p
####
i=0; while read l; do i=$((i+1)); done <<E
1
2
E
echo $i; i=0; printf '1\n2\n' | while read l; do i=$((i+1)); done; echo $i; printf '1\n2\n' >f; while read l; do i=$((i+1)); [ $l = 1 ] && break; done <f; echo $i; while read l; do read m; echo $l-$m; done <f; while read l; do echo x | cat; cat >/dev/null; echo $l; done <f; while read l <&3; do read m; echo "$l $m"; done 3<f <<E
a
b
E
####
echo a | cat | cat; echo a | { cat; echo b; }; echo a | (cat; echo b); { echo a; echo b; } | while read x; do echo -$x; done; echo a | if read x; then echo $x; fi; echo a b | for i in 1; do read x y; echo $y; done; echo x | case y in y) cat;; esac; true | echo t; echo lost | true; echo $?; false | true; echo $?; true | false; echo $?; exit 3 | cat; echo $?; x=1 | cat; echo ${x-unset}; x=1; echo | x=2; echo $x; cd / | :; f() { cat; }; echo fn | f; echo a | read x | cat; echo a |
cat
####
set -C; echo a >f; echo b >f; echo $?; cat f; echo c >|f; cat f; echo d >>f; cat f; : >/dev/null; echo $?; set +C; echo e >f; cat f; set -C; { echo g; } >f; echo $?; (echo h) >f; echo $?; exec 3>f; echo no
####
echo a >d/f; mkdir d; echo a >d; echo $?; echo a >d/; echo $?; ln -s t l; echo a >l; cat t; ls; ln -s loop loop; echo a >loop; echo $?; cat <loop; echo $?; ln -s d dl; echo z >dl/q; cat d/q; echo a >; echo no
####
echo a >''; echo $?; x=; echo a >$x; echo $?; echo a >"$nope"; echo $?; cat <""; echo $?; echo b >&x; echo no
####
echo a >&"1"; x=1; echo b >&$x; echo c >&$(echo 1); echo d 2>& 1; exec 3>&1; echo e >&3-; echo no
####
read a b c <<E
1 2
E
echo "[$a][$b][$c]"; read a b <<E
  1   2   3  
E
echo "[$a][$b]"; read a <<E
  x  y  
E
echo "[$a]"; IFS= read a <<E
  x  
E
echo "[$a]"; read <<E
l
E
echo $? "[$REPLY]"; read -r a <<'E'
a\nb\
E
echo "$a"; read a <<'E'
a\nb\\c \
cont
E
echo "$a"; read a b <<'E'
a\ b c
E
echo "[$a][$b]"; printf 'nonl' | { read a; echo "$? [$a]"; }; printf '' | { read a; echo "$? [$a]"; }; printf 'a\n\nb' | { read a; read b; read c; echo "[$a][$b][$c]$?"; }
####
IFS=: ; for l in a:b:c a::c :b: a 'a b:c' ':' '' 'a:b:c:d' 'a:b:c:' 'a:b:c::' ': :' ' a : b '; do read x y z <<E
$l
E
echo "[$x][$y][$z]"; read x y <<E
$l
E
echo "[$x][$y]"; read x <<E
$l
E
echo "[$x]"; done
####
for ifs in ' :' ' ' '' ': ' ' 	:' 'b' 'ab'; do for l in 'a : b : c' ' a b ' 'a:b' 'a: b' ' :a' 'a : ' 'a :: b' 'abba cab'; do IFS="$ifs" read x y <<E
$l
E
echo "[$x][$y]"; IFS="$ifs" read x y z <<E
$l
E
echo "[$x][$y][$z]"; done; done
####
for l in 'a\:b:c' 'a\ b c' 'a\b' '\a' 'a\\' 'a\\:b' ' \ a' 'a \ ' '\ a\ '; do for ifs in : ' '; do IFS="$ifs" read x y <<E
$(printf '%s' "$l")
E
echo "[$x][$y]"; IFS="$ifs" read -r x y <<E
$(printf '%s' "$l")
E
echo "[$x][$y]"; done; done
####
printf 'a\\\nb\n' | { read x; echo "$x"; }; printf 'a\\\nb\n' | { read -r x; echo "$x"; read y; echo "$y"; }; printf 'a\\' | { read x; echo "[$x]$?"; }; printf 'a\\\n' | { read x; echo "[$x]$?"; }; printf 'a\tb\n' | { read x y; echo "[$x][$y]"; }; printf 'a\r\n' | { read x; echo "${#x}"; }; printf 'a\0b\n' | { read x; echo "$x"; }; printf 'a  b  \n' | { read x y; echo "[$x][$y]"; }; printf '   \n' | { read x y; echo "[$x][$y]"; }
####
while read a b; do echo $b$a; done <<E
1 2

3
E
printf 'a\nb' | while read x; do echo $x; done; echo; printf 'a\nb' | while read x || [ "$x" ]; do echo $x; done; echo a b c | (read x; set -- $x; echo $# $3); echo 'a  b' | while IFS= read -r x; do echo "$x"; done; x=$(echo a b | { read y z; echo $z; }); echo $x; echo 1 2 3 | if read a b; then echo "$b"; fi
####
while getopts 'ab:c' o -a -bval -c -b val2 -ac -- -z; do echo "$o [${OPTARG-unset}] $OPTIND"; done; echo $OPTIND; OPTIND=1; while getopts ':ab:' o -a -x -b; do echo "$o [${OPTARG-unset}] $OPTIND"; done; OPTIND=1; while getopts 'ab:' o -a -x -b 2>/dev/null; do echo "$o [${OPTARG-unset}] $OPTIND"; done; OPTIND=1; while getopts a o x -a; do echo no; done; echo $o $OPTIND; OPTIND=1; while getopts ab o -- -a; do echo no; done; echo $OPTIND; OPTIND=1; while getopts ab o - -a; do echo no; done; echo $OPTIND
####
f() { local OPTIND=1 o; while getopts vq:h o "$@"; do case $o in v) echo V;; q) echo "Q $OPTARG";; h) echo H;; \?) echo bad; return 2;; esac; done; shift $((OPTIND-1)); echo "rest $*"; }; f -v -q a b c; f -vqa -h x; f x -v; f -vh -- -q; f -z 2>/dev/null; echo $?; f; f -q 2>/dev/null; f ''; f -v ''
####
set -- -a -b x y; while getopts ab: o; do echo $o$OPTARG; done; shift $((OPTIND-1)); echo $*; set -- -ab z; OPTIND=1; getopts ab: o; echo $o; getopts ab: o; echo $o $OPTARG; getopts ab: o; echo $? $o; getopts 2>/dev/null; echo $?; getopts a 2>/dev/null; echo $?; OPTIND=1; getopts a: o -a; echo $o "[$OPTARG]"; OPTIND=1; getopts :a: o -a ''; echo $o "[$OPTARG]" $OPTIND
####
set -- -a -b -c; getopts abc o; echo $o $OPTIND; (getopts abc o; echo $o $OPTIND); getopts abc o; echo $o $OPTIND; f() { getopts abc o; echo $o $OPTIND; }; f -c; getopts abc o; echo $o $OPTIND
