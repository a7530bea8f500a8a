# SPDX-License-Identifier: Apache-2.0
p() { printf '<%s>' "$@"; echo; }; set -- 'a b' c '' d; for IFS in ' ' : '' ' :' 'b'; do p $@; p $*; p "$@"; p "$*"; p "x$@y"; p x$@y; p "x$*y"; p ${*}; p "${@}"; done; unset IFS; p $@; p $*; p "$*"
####
p() { printf '<%s>' "$@"; echo; }; set --; p $@; p $*; p "$@"; p "$*"; p "$@$@"; p "$@"x; p ""$@; p "$@""$@"; p ''"$@"; p "$*$@"; x=; p $x"$@"; p "$x$@"; p $x$x; p "${@}" "${*}"; p ${x}"$@"${x}
####
p() { printf '<%s>' "$@"; echo; }; set -- '' ''; p $@; p "$@"; p "$*"; p x$@; p $@x; p "$@"x; set -- ''; p $@; p "$@"; p "a$@"; set -- a '' b; p $@; p $*; IFS=:; p $@; p $*; p "$*"; p x$*x
####
p() { printf '<%s>' "$@"; echo; }; IFS=:; for v in a: :a a::b :: : a:b:c 'a b:c' ' a ' '' 'a: b'; do p $v; p x$v; p ${v}x; p "$v"$v; p $v$v; done
####
p() { printf '<%s>' "$@"; echo; }; IFS=' :'; for v in 'a : b' ' : a' 'a :' 'a : ' ' a b ' 'a::b' 'a: :b' ' ' ':' ' :' ': ' 'a b:c d'; do p $v; p x$v; p ${v}x; done
####
p() { printf '<%s>' "$@"; echo; }; IFS='
'; v='a b
c

d'; p $v; p "$v"; IFS='	 '; v=' 	a	 b	'; p $v; IFS=a; v=banana; p $v; p "$v"; p $v$v; IFS='\'; v='a\b'; p $v; IFS='*'; v='a*b'; p $v; IFS=1; p $((212)); p $(echo 313); IFS=-; p $(echo a-b)$(echo -c); p x$(echo -b); p $(echo a-)x
####
p() { printf '<%s>' "$@"; echo; }; x='a b'; p ${x}; p ${x}c; p c${x}; p "${x}"c; p ${x:+$x}; p ${x:+"$x"}; p "${x:+$x}"; p ${y-$x}; p ${y-"$x"}; p "${y-$x}"; p "${y-"$x"}"; p ${y-a b}; p ${y-'a b'}; p "${y-'a b'}"; p ${y-a\ b}; p "${y-a\ b}"; p ${y-a"b c"d}; p "${y-a"b c"d}"; p ${y-"a"'b'c}
####
p() { printf '<%s>' "$@"; echo; }; IFS=:; p ${y-a:b}; p ${y-'a:b'}; p ${y-a b}; p "${y-a:b}"; x=q:r; p ${y-$x}; p ${y-"$x"}; p ${y-$x:s}; p a:b; p ${x+a:b}; p ${x:+"$x"$x}
####
p() { printf '<%s>' "$@"; echo; }; set -- 'a b' c; p ${y-$@}; p ${y-"$@"}; p "${y-$@}"; p "${y-"$@"}"; p ${y:="$@"}; p $y; p "$y"; unset y; p "${y:=$@}"; p "${y+$@}"; p ${1+"$@"}; p "${1+$@}"; p ${1+$@}; p "${@+x}" "${@-y}" "${*:-z}" ${@:+q}; set --; p "${@-none}" "${@:-none}" "${*-none}" ${*+yes} "${@+yes}" "${#@}" "${#*}" $#
####
p() { printf '<%s>' "$@"; echo; }; x='a}b'; p "${x%'}'b}" "${x%\}b}" ${x%"}b"} "${x%"}b"}"; y='*a*'; p "${y#"*"}" "${y#\*}" "${y#*}" "${y##*}" "${y##'*'}" ${y%'*'} "${y%?}" "${y#[*]}" "${y%[!a]}"; z='*'; p "${y#$z}" "${y#"$z"}" "${y##$z}" "${y%%"$z"}" 
####
p() { printf '<%s>' "$@"; echo; }; x=/a/b/c.d.e; p ${x##*/} "${x%/*}" ${x%%/*} ${x#/} "${x%%.*}" "${x##*.}" ${x%.*} "${x%%[!a-z]*}" "${x#*[!/]}" "${x##*[/.]}" ${x%%b*} ${x#*/*/} "${x%[.]*}" "${x%\.*}" "${x%'.'*}" ${x%"$(echo .e)"} "${x#${x%/*}}" "${x#"${x%/*}"}" "${x%${x##*.}}"
####
p() { printf '<%s>' "$@"; echo; }; x='  trim me  '; p "${x%"${x##*[! ]}"}" "${x#"${x%%[! ]*}"}" "${x%%[[:space:]]*}" "${x##*[[:space:]]}"; x=foo-1.2.3; p ${x%%-*} ${x#*-} ${x%-[0-9]*} "${x%%[0-9]*}" "${x##*[!0-9.]}" "${x%%[^a-z]*}" "${x#[[:alpha:]]}" "${x##[[:alpha:]]*}" "${x%[[:digit:]]}" "${x#[f-o]}" "${x%%[]-]*}" "${x%%[-]]*}" "${x##*[a\-]}"
####
p() { printf '<%s>' "$@"; echo; }; x='a\b'; p "$x" "${x#a\\}" "${x#a\\\\}" "${x%\\b}" "${x#a'\'}" "${x#*\\}" ${x#a"\\"} "${x%"\\"b}" ${#x} "${x:+\\}" "${x:+'\'}" ${x:+'\'} ${x:+\\} "${x:+\a}" ${x:+\a} "${x:+\}}" ${x:+\}} "${x:+\"}" "${x:+\$x}" "${x:+\`}"
####
p() { printf '<%s>' "$@"; echo; }; x=ab; p "${x#"a"}" "${x#'a'}" ${x#'a'} "${x%"b"}"; p "${x:-"}"}" "${y:-"}"}" ${y:-'}'} "${y:-'}'}" "${y:-\}}"; p "${y:-{}"} "${y:-{a}b}" ${y:-{a}b}
####
p() { printf '<%s>' "$@"; echo; }; p "${y-$(echo "a b")}" ${y-$(echo a b)} "${y-`echo "q r"`}" "$(echo "${y-"i j"}")" "${y-"${z-"k l"}"}" ${y-${z-${w-m n}}} "${y-${z-"${w-o p}"}}" "$((${y-1} + ${z:-2}))" "${y-$((1+1))}"
####
x=5; echo $x5 ${x}5 "$x"5 $x.5 $x-5 $x$x "$x$" $ "$" a$ "$ " $% "$'" $= ${x}$ $\x "$\x" "\$x" $"x"
####
echo $# ${#} ${##} $? ${?} $$x >/dev/null; echo ${#?} "$-" ${-} ${#-} $! "[${!-none}]" ${0##*/} >/dev/null; echo $0 | wc -l; set -- a b c d e f g h i j k; echo $10 ${10} ${11} $1x ${1}x ${#10} ${#1} ${12-none} ${010} $01
####
x=a\
b; echo $x; echo "a\
b" 'a\
b' a\
b; ec\
ho c; echo ${x\
} $(echo \
d) `echo \
e` $((1 + \
2)) "${x\
:-y}"; i\
f true; t\
hen echo f; fi; echo a &\
& echo g
####
echo `echo a\`echo b\`c` `echo '\$x' "\$x" \\\\ \\a` "`echo '\$x' "\$x" \\\\ \"q\"`" `echo "a b"` "`echo "a  b"`" `echo \`echo \\\`echo deep\\\`\`` `` "``" `:` x``y
####
echo $(echo a; echo b) "$(echo a; echo b)" $(echo 'a)b') $(echo "a)b") $(echo a\)b) $(case a in a) echo c;; esac) $(case a in (a) echo d;; esac) $(# comment )
echo e) $(echo f # )
) $() "$()" $( ) $(
) $(cat <<E
heredoc ) in
E
) "$(cat <<'E'
quote ' " )
E
)" $( (echo g) ) $((echo h); echo i) $( { echo j; } )
####
echo $((1)) $(( 1 )) $((1+$(echo 2))) $((`echo 3`)) "$(( (1) ))" $(( (1)+(2) )) $(((1))) $((1))$((2)) a$((1))b $(($#)) $((${#}+1)) $((0x1f+010)) $(("1"+1)) $(('1')) 2>&1
####
x=$(printf 'a\n\nb\n\n\n'); echo "[$x]"; x=$(printf '\n\na'); echo "[$x]"; x="$(printf 'a \n')"; echo "[$x]"; x=$(printf 'a\0b'); echo "[$x]"; echo "$(echo 'a  b')" $(echo 'a  b') $(echo '*') "$(echo '*')"; : >f; echo $(echo '*') "$(echo '*')"
####
: >a; : >b; : >'c d'; : >.h; : >-x; mkdir dir; : >dir/z; : >dir/.y; ln -s dir l; ln -s nowhere dang; echo *; echo .*; echo */; echo */*; echo l/*; echo d*/; echo dir/*; echo dir/.*; echo ?; echo [a-b]; echo [!a-b]; echo "*" '*' \*; echo c\ *; echo 'c '*; echo "c d"*; echo ./*; echo */../a; echo dir//*; echo nomatch*; echo [; echo []; echo [a; echo a]; echo [!; echo -*; echo */.; echo dang* l*; echo *[ab]*; echo \a* ; echo "a"*; echo [a]*[b]; echo **
####
: >'*'; : >'?'; : >'[a]'; : >a; : >'a\b'; : >'q"'; echo *; echo \**; echo '?'*; echo \[*; echo '[a]'; echo [a]; echo [[]*; echo *]; echo a\\*; echo *\\*; x='*'; echo $x; x='\*'; echo $x; echo "$x"; x='[a]'; echo $x; x='\[a]'; echo $x; x='a\b'; echo $x; x='a\*'; echo $x; for i in \*; do echo $i; echo "$i"; done; set -f; echo * $x; set +f
####
mkdir -p a/b/c a/d; : >a/b/x; : >a/d/x; : >a/.hid; echo a/*/x a/*/* a/*/nope */*/*/ ; echo a/b*/; cd a; echo * ../a/*; cd b; echo ../*/x; echo /nonexistent/* ; for f in *.conf; do echo $f; done; for f in ?; do echo $f; done; ls -d ../.*
####
x=*; echo $x; : >z; y=$x; echo $y "$y"; case $x in '*') echo lit;; esac; set -- *; echo $#; a=$(echo *); echo $a; echo ${x} ${x}q ${q-*} "${q-*}" ${q-"*"}; export E=*; echo "$E"; f() { local v=* w=$1; echo "$v" "$w"; }; f '*'; echo >*; ls
####
: >A; : >a; : >b; : >B; : >é; : >_; : >1; : >.; echo *; echo [a-z]; echo [A-Z]; echo [[:upper:]] [[:lower:]] [[:digit:]] [[:punct:]] [[:alnum:]_] [![:alpha:]] [^a]
####
x='a b' y='c  d'; for i in $x "$y" '' "" $z e; do echo "[$i]"; done; for i in "$x"$y; do echo "[$i]"; done; for i in $x$y; do echo "[$i]"; done; for i in $x"$y"; do echo "[$i]"; done; set -- $x "$y"; echo $#
####
x=''; set -- $x; echo $#; set -- "$x"; echo $#; set -- $x''; echo $#; set -- ''$x; echo $#; set -- $x$x; echo $#; set -- "$x$x"; echo $#; set -- $(true); echo $#; set -- "$(true)"; echo $#; set -- ${x:-}; echo $#; set -- "${x:-}"; echo $#; set -- ${x:-''}; echo $#; set -- ${x:-""}; echo $#; set -- ${x:+''}; echo $#; set -- ${u-''}; echo $#; set -- "${u-''}"; echo $# $1
####
x=' '; set -- $x; echo $#; set -- a$x; echo $# "$1"; set -- $x"b"; echo $# "$1"; set -- a${x}b; echo $#; set -- "a"$x"b"; echo $#; set -- ''$x''; echo $#; set -- $x''$x; echo $#; x=' a '; set -- ''$x''; echo $#; set -- $x$x; echo $#; set -- x$x$x; echo $#
####
a=1 b=$a c=$b; echo $a $b $c; a=2 b=$a true; echo $b; x=1; x=2 y=$x; echo $y; x=$x$x; echo $x; a= b=; echo "[$a$b]"; a=b=c; echo $a; a='x' b=$(echo $a); echo $b; a=5 eval 'echo $a'; echo $a; a=7 sh -c 'echo $a'; a=8; sh -c 'echo [$a]'; export a; sh -c 'echo [$a]'; a=9; sh -c 'echo [$a]'; unset a; sh -c 'echo [${a-unset}]'
####
x=1; f() { echo "$x"; x=3; }; x=2 f; echo $x; y=2 f; echo ${y-unset}; x=5 :; echo $x; x=6 eval :; echo $x; x=7 true; echo $x; x=8 . /dev/null; echo $x; x=9 export z; echo $x; x=10 command :; echo $x; x=11 echo; echo $x; x=12 read q </dev/null; echo $x; IFS=: read a b <<E
1:2
E
echo "$a $b"; echo "[$IFS]"
####
f() { local x=1 y; echo $x ${y-unset}; x=2; g; echo $x; local x; echo $x; local x=5; echo $x; unset x; echo ${x-gone}; x=9; }; g() { echo g$x; x=4; y=7; }; x=0; f; echo $x ${y-none}
####
y=outer; f() { local y; echo "[${y-unset}]"; y=in; local z=1; }; f; echo $y ${z-none}; g() { local IFS=:; v=a:b; echo $v; }; g; echo "[$IFS]"; h() { local x="$*" y=$1; echo "$x|$y"; local a=$@; echo "$a"; }; h 'a b' c; k() { local -; set -f; echo *; }; k; echo *; local_in_sub() { (local q=1; echo $q); echo ${q-un}; }; local_in_sub; r() { [ $1 = 0 ] && return; local n=$1; r $(($1-1)); echo $n; }; r 3
####
set -u; x=1; echo ${x} ${y-} ${y:-} ${y+z} "${y-a}" $x; (echo $y; echo no); echo $?; (echo ${#y}; echo no); echo $?; (echo ${y#a}; echo no); echo $?; (echo "${y%a}"); echo $?; (echo $1$2$3); echo $?; ($y); echo $?; (x=$y); echo $?; (case $y in esac); echo $?; (for i in $y; do :; done); echo $?; (echo $((y))); echo $?; (echo $((y+1))); echo $?; (: >$y); echo $?; (echo $!); echo $?; (eval 'echo $y'); echo $?; ([ $y ]); echo $?; (f() { echo $y; }; f); echo $?; x=$(echo $y); echo after $?; echo $y || echo no; echo no
####
x=abc; echo ${#x} ${#nope} "${#x}" ${#x}${#x}; x='a b'; echo ${#x}; x=é; echo ${#x}; echo ${x#?}| wc -c; x=$(printf '\303\251a'); echo ${#x}; echo "${x%a}"; case $x in ?a) echo one;; ??a) echo two;; esac
####
echo ${x=a}${x=b} ${x:=c}; unset x; : ${x:=$(echo d e)}; echo "$x"; unset x; echo ${x:='q  r'}; echo "$x"; unset x; echo "${x:="s  t"}" "$x"; unset x; IFS=:; echo ${x:=u:v}; echo "$x"; (: ${1:=z}; echo no); echo $?; (: ${#:=z}); echo $?; (: ${@:=z}); echo $?
####
cat <<E
$1 "$1" '$1' \$1 \\ \" \' \a \
joined `echo back` $(echo sub "a b") $((1+2)) ${x-d "e" 'f' \}g} "${x-"q"}" ${x-'s'} * ~ \`
E
cat <<'E'
$1 \$ `x` \
E
cat <<"E"
$1
E
cat <<\E
$1
E
cat <<E""
$1
E
cat <<-E
	tab $1
	  x
		E
	E
cat <<-'E'
	$tab
	E
####
cat <<A; cat <<B; echo mid
a
A
b
B
cat <<A - <<B
a
A
b
B
cat <<A && echo ok || echo no
x
A
if cat <<A
in if
A
then echo t; fi; while read l; do echo "[$l]"; done <<A
l1
 l2 
A
for i in 1 2; do cat <<A
$i
A
done; f() { cat <<A
f $1
A
}; f a; f b; x=$(cat <<A
in $(cat <<B
nested
B
)
A
); echo "$x"; (cat <<A
sub
A
); cat <<A | tr a-z A-Z
pipe
A
####
cat <<E
a\
E
b
E
cat <<'E'
a\
E
cat <<E
${x-a
b}
$(echo c
echo d)
E
cat <<E
`echo '\$x' \\$x "q"` \`
E
cat << E
space
E
cat <<E E2
x
E
####
cat <<E
x
 E
E x
E
echo done; cat <<'a b'
q
a b
cat <<EOF	
tab after
EOF
cat <<!
bang
!
cat <<-	E
	x
E
####
x='a"b'; cat <<E
$x "$x" ${x} ${x#a} ${x%\"b} "${x:+"z"}" ${y:-"w"} ${y:-'w'} "${y:-'w'}"
E
####
x='a"b'; cat <<E
${x%"b}
E
####
cat <<E
$(cat <<F
inner $((1+1)) \$x
F
) outer "$(echo "q")" '$(echo s)'
E
eval 'cat <<E
in eval
E'
. /dev/null; echo 'cat <<E
in dot
E' >l; . ./l
####
x='$(echo no)'; echo "$x" $x; y='`echo no`'; echo $y; z='\n'; echo "$z" | wc -l; w="'"; echo $w"'" ; echo "\\" '\\' \\ "\\\\" "\a" \a "a\\b"; v='a\'; echo "$v" $v; echo "$v"b
####
set -- "a b" 'c"d' "e'f" 'g\h' '$i' '`j`' '*'; for x; do eval "y=\$x"; echo "$y"; done; eval set -- '"$@"' z; echo $#; eval "set -- $(printf "'%s' " a 'b c')"; echo $# "$2"; for i in 1 2 3; do eval "v$i=\"val \$i\""; done; echo "$v1" "$v3"; eval echo '$'v2; eval "echo \"\$v$i\""; eval; eval ''; eval ' '; echo $?; eval echo a \; echo b; eval 'echo a' 'b;' echo c
####
set -- a b; set -- "$@" c; echo $#; set -- x "$@"; echo $*; set -- $(seq 3); echo $3; for a; do set -- "$@" n; done; echo $#; while [ $# -gt 3 ]; do shift; done; echo $#; f() { set -- p q; echo $#; }; f; echo $#; f() { shift; echo $#; }; f 1 2 3; echo $#
####
x="a
b"; IFS='
'; set -- $x; echo $#; IFS=','; x=a,b,,c; set -- $x; echo $# "$3"; IFS=/; set -- /usr/lib/x; echo $#; p=/usr/lib/x; set -- $p; echo "$#:$2"; unset IFS; set -- $p; echo $#; OLDIFS="$IFS"; IFS=:; IFS="$OLDIFS"; x='a b:c'; set -- $x; echo $#; IFS= ; set -- $x; echo $#
####
false; x=$?; echo $x; x=$(false) ; echo $?; x=$(false)$?; echo $x; x=$? y=$(exit 3) z=$?; echo $x $z; echo $(exit 4)$?; false; echo $(echo $?); (exit 5); : $? ; echo $?; (exit 6); if [ $? = 6 ]; then echo six $?; fi; (exit 7) || echo $?; case $(exit 8) in *) echo $?;; esac; for i in $(exit 9); do :; done; echo $?; while (exit 3); do :; done; echo $?; ! (exit 3); echo $?; { (exit 2); }; echo $?; f() { (exit 2); }; f; echo $?; eval '(exit 2)'; echo $?; x=1 $(exit 3); echo $?; $(exit 3) >/dev/null; echo $?; >/dev/null; echo $?; x=$(exit 2) >/dev/null; echo $?
####
f() { f2; }; f2() { echo deep $1; }; f x; f() { [ $1 -le 0 ] || { echo $1; f $(($1 - 1)); }; }; f 3; f() { f() { echo second; }; echo first; }; f; f; f() { unset -f f; echo gone; }; f; f 2>/dev/null; echo $?; g() { echo $0 | wc -l; }; g; h() { return; echo no; }; h; echo $?; k() { echo a; return 2; } >out; k; echo $?; cat out; l() { :; }; l && echo l; m() ( x=sub; return 4; ); m; echo $? ${x-unset}; n() { for i; do echo "$i"; done; }; n a 'b c'; o() { while :; do return 6; done; }; o; echo $?; q() { (return 7); echo $?; }; q; r() { x=$(return 8); echo $?; }; r
####
echo {a,b} {1..3} a{b,c}d ~+ ~- $'a' a=(1) 2>&1
####
echo one; # comment ' " `
echo two # it's
echo 'a # b' "c # d" e#f \# g
x=1 # set
echo $x#y ${x#z} $#
: <<'END'
block $(comment) `
END
echo three;#no space
case a in # c
a) # d
echo four # e
;; # f
esac # g
if true; then # h
echo five; fi # i
f() { # j
echo six; } # k
f # l
{ # m
echo seven
} # n
( # o
echo eight ) # p
for i in a b # q
do # r
echo $i; done # s
echo $(echo nine # t
)
echo "`echo ten # u`"
####
if true
then
echo a
elif false
then echo b
else
echo c
fi
while false
do
echo x
done
case x
in
  x ) echo d ;;
  y | z ) echo e
esac
{ echo f
}
( echo g
)
! false &&
echo h ||
echo i
true |
cat
f()
{
echo j
}
f
for i \
in k; do echo $i; done
echo l;

echo m

;
####
echo a&&echo b||echo c;echo d&wait;echo e|cat;(echo f);{ echo g;};if true;then echo h;fi;for i in 1;do echo $i;done;case a in a)echo i;;esac;f(){ echo j;};f;while false;do :;done;!(false)&&echo k;x=1;echo l>o;cat<o;echo m>>o;cat o|wc -l
####
a="$(
echo multi
echo line
)"; echo "$a"; b=`
echo bq
`; echo $b; c=$(cat <<X
  here
X
); echo "$c"; d="$(echo "$(echo "$(echo "deep  quote")")")"; echo "$d"; e=$(echo '$(') ; echo "$e"; f=$(echo ")" '"' "'"); echo "$f"; g="$(echo "a\"b" 'c"d')"; echo "$g"; h=$(echo \\ \" \'); echo "$h"; i="`echo "a\\\\b"`"; echo "$i"
####
test "x$1" = xconfigure && echo conf; [ -n "$2" ] || echo fresh; case "$1" in configure) ;; *) echo no; esac; case "$2" in ''|0.*) echo old;; esac; if [ "$1" = "configure" -a -z "$2" ]; then echo both; fi; if [ "$1" = configure ] && dpkg --compare-versions "$2" lt 1.0 2>/dev/null; then :; fi
####
x='  lead'; echo $x"  trail  "; echo "$x"; printf '[%s]' $x "$x"; y=$x; printf '[%s]' "$y"; z=${x# }; printf '[%s]' "$z"; printf '[%s]\n' "${x#"${x%%[! ]*}"}"; echo "a	b" a	b; echo a  \  b; echo ''""''; echo "" | wc -c
####
for f in a.txt b.txt; do : >$f; done; for f in *.txt; do mv "$f" "${f%.txt}.bak"; done; ls; for f in *.bak; do n=$(basename $f .bak); echo $n; done; set -- *.bak; echo $#; [ -e "$1" ] && echo e; for d in */; do echo "$d"; done; for f in nomatch*; do [ -e "$f" ] || continue; echo no; done; [ -e nomatch* ] || echo none; [ -f *.bak ] 2>/dev/null; echo $?; test -n "$(ls *.zip 2>/dev/null)" || echo nozip
####
set -- 1 2 3; for i do echo $i; shift; done; echo $#; i=5; for i in; do :; done; echo $i; for i in a; do :; done; echo $i; for x in 1 2 3; do case $x in 2) continue;; 3) break;; esac; echo $x; done; n=0; while [ $n -lt 10 ]; do n=$((n+1)); [ $((n%2)) = 0 ] || continue; [ $n -gt 6 ] && break; echo $n; done; for a in 1 2; do for b in x y; do [ $b = y ] && continue 2; echo $a$b; done; done; until [ $n -le 3 ]; do n=$((n-1)); done; echo $n
####
x=global; f() { x=changed; local x=loc; echo $x; }; f; echo $x; g() { local a=1 b=$a; echo "[$b]"; local c=$1; echo $c; local d="$@"; echo "$d"; local e; e=$?; echo $e; }; g 'q r'; h() { local x; x=5; unset x; echo ${x-u}; }; h; echo $x; i() { local x=1; j; }; j() { echo $x; local x=2; k; echo $x; }; k() { echo $x; x=3; }; i; l() { local PATH=/nope; nosuchcmd 2>/dev/null; echo $?; }; l; command -v cat >/dev/null; echo $?; m() { local x=1; readonly y=2; }; m; echo $y; o() { local r; for r in 1 2; do :; done; echo $r; }; o; echo ${r-unset}; q() { local s=a; (s=b); echo $s; s=$(echo c); echo $s; }; q; t() { export u=1; local v=2; export v; sh -c 'echo $u $v'; }; t; sh -c 'echo $u [$v]'
####
local_test() { local a b=2 c; a=1; c=3; echo $a$b$c; return $a; }; local_test; echo $?${a-}${b-}; f() { local x=${1:-def}; echo $x; }; f; f val; g() { local n=$#; echo $n; local IFS=,; echo "$*"; }; g a b; h() { local opt; while getopts ab opt; do echo $opt; done; }; h -a -b; h() { local rc=0; false || rc=$?; return $rc; }; h; echo $?
####
for IFS in : '' 'xy' ' '; do set -- a b 'c d'; x="$@"; y=$@; z="$*"; w=$*; v="p$@q"; printf '%s\n' "$x" "$y" "$z" "$w" "$v"; case "$@" in a:b:c?d) echo colon;; "a b c d") echo sp;; "abc d") echo none;; esac; case $* in a:b:c?d) echo colon;; "a b c d") echo sp;; "abc d") echo none;; esac; cat <<E
$@ "$@" $* "$*" ${y-$@}
E
u=${nope-$@}; t="${nope-$@}"; printf '%s\n' "$u" "$t"; echo x >"f$@"; ls f*; rm f*; echo $(($#+1)); s=${x#"$@"}; printf '%s\n' "$s"; export E=$@; printf '%s\n' "$E"; q="${nope:=$@}"; printf '%s\n' "$q"; unset nope; p=${nope:=$*}; printf '%s\n' "$p"; unset nope; done
unset IFS; x="$@"; y=$*; echo "$x|$y"
####
x=1; y="a b"; f() { local x=2 z; (x=3; y=q; unset z; echo $x $y); echo $x $y; a=$(x=5; export w=1; echo $x$w); echo $a; }; f; (f; (f; unset x; f); readonly r=1; echo $r); echo ${r-none} ${w-none}
g() { x=$1; [ $1 = 0 ] || (g $(($1-1))); }; g 5; echo $x; echo a b | { read x y; (x=7; echo $x); echo $x $y; }; echo $x $y; env -i sh -c 'echo ${x-u}'; x=8 env sh -c 'echo $x'; while getopts ab o -a -b; do (echo $o $OPTIND; OPTIND=1); done; trap 'echo bye' EXIT; sleep 0 & wait; set a b; (shift; echo $1); echo $1; alias q=w; unset -f g; IFS=: ; (IFS=,; set -- $y); . /dev/null; eval 'y=3'; echo $y
