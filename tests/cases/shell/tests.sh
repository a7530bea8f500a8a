# SPDX-License-Identifier: Apache-2.0
t() { test "$@" 2>/dev/null; echo "$* -> $?"; }; t a = a; t a = b; t a != b; t a == a; t '' = ''; t = = =; t ! = !; t '(' = '('; t -n = -n; t -n = x; t -f = -f; t -a = -a; t a -a b; t '' -a b; t a -o ''; t '' -o ''; t ! a = ; t ! '' a; t '(' a ')'; t '(' '' ')'; t ! -z ''; t ! -n ''; t ! ! a; t ! ! ''; t a -eq b; t 1 -eq 1; t -z -o -n; t '(' -a ')'; t '(' = ')'; t '(' '!' ')'; t ! -a !; t -n -a -n; t -f -o -f; t = -a =
####
t() { test "$@" 2>/dev/null; echo "$* -> $?"; }; t a = a -a b = b; t a = a -a b = c; t a = b -o b = b; t a = b -o b = c; t ! a = b -a ! b = c; t '(' a = a ')' -a '(' b = b ')'; t '(' a = a -o b = c ')' -a c = d; t a = a -o b = b -a c = d; t -n '' -o -n a; t ! '(' a = b -o c = d ')'; t '' -o '' -o a; t a -a b -a ''; t -e / -a -d /; t -f / -o -d /; t ! -e /nope -a 1 -lt 2; t 1 -lt 2 -a 2 -lt 3 -a 3 -lt 4; t "$x" = y -o "$x" = z; t '(' 1 -eq 1 ')'; t ! '(' 1 -eq 1 ')'
####
t() { test "$@" 2>/dev/null; echo "$* -> $?"; }; t 1 -eq 01; t 1 -eq +1; t ' 1' -eq 1; t '1 ' -eq 1; t 1 -eq 1.0; t 1 -eq ''; t '' -eq 0; t 0x1 -eq 1; t 10 -gt 9; t 10 \> 9; t a \< b; t b \> a; t a '<' a; t -1 -lt 0; t - -eq 0; t 1 -ne 2; t 2 -ge 2; t 2 -le 1; t 99999999999999999999 -gt 1; t 9223372036854775807 -gt 1; t 9223372036854775808 -gt 1; t a -lt 1; t 1 -nt 2; t -5 -eq -5; t 08 -eq 8; t 1a -eq 1; t '	2' -eq 2; t 1 -xx 2; t 1 = 01; t 1 -foo
####
t() { test "$@" 2>/dev/null; echo "$* -> $?"; }; echo a >f; ln f g; ln -s f h; cp f i; t f -ef g; t f -ef h; t f -ef i; t f -ef no; t f -nt no; t no -nt f; t no -ot f; t f -ot no; chmod u+s f; t -u f; chmod g+s g; t -g f; mkdir s; chmod +t s; t -k s; t -e f -a -e g; t -d s -o -f s; [ f -ef ./f ]; echo $?
####
[ a ]; echo $?; [ a; echo $?; [ ; echo $?; []; echo $?; [ ]; echo $?; [ a = a ] ]; echo $?; [ "a" = "a" -a ]; echo $?; [ -n $nope ]; echo $?; [ $nope = a ]; echo $?; [ $nope ]; echo $?; [ ! $nope ]; echo $?; [ -z $nope ]; echo $?; [ -f $nope ]; echo $?; x='a b'; [ $x = a ]; echo $?; [ -n $x ]; echo $?; [ $x ]; echo $?; [ -z "$x" -o -z "$y" ]; echo $?; [ 1 -eq 1 -a 2 -eq a ]; echo $?; [ 1 -eq 2 -a 2 -eq a ]; echo $?; [ a -a -a ]; echo $?; [ -n -a -n ]; echo $?
####
e() { echo "$1 = $(($1))" 2>&1 || echo "$1 fails"; }; for x in 1 01 0x10 -1 +1 --1 '- -1' '!0' '!5' '~0' '1+2*3' '(1+2)*3' '7/2' '-7/2' '-7%3' '7%-3' '1<<3' '-8>>1' '1<2' '2<=2' '3>4' '3>=4' '1==1' '1!=1' '5&3' '5|3' '5^3' '1&&0' '1||0' '0||0' '1?2:3' '0?2:3' '1?2:0?3:4' '0?1:0?2:3' '(1)' ' 1 ' '1 + 1' '1+ +1' '1 - -1' '2*-3' '!1+1' '~1+1' '-1-1' '1-1-1' '2*3/4' '8/4/2' '1<2<3' '3>2>1' '1==1==1' '1|2^3&1' '1+1<<2' '1<<1+1' '1&&1||0' '0&&1||1' '0&&0||0&&1' '10%3*2' '1 ? 2 : 3 ? 4 : 5' '9223372036854775807' '9223372036854775807+1' '0777' '0xff' '0XFF' '5 % 3 == 2'; do e "$x"; done
####
x=5; echo $((x)) $(($x)) $((${x})) $(("$x")) $((x+x)) $((x=3)) $x $((x+=2)) $x $((x-=1)) $x $((x*=3)) $((x/=2)) $((x%=4)) $x $((x<<=2)) $((x>>=1)) $((x|=1)) $((x&=3)) $((x^=7)) $x $((y=x=2)) $x $y $((x=y=z=1)) $x$y$z $((nope)) $((nope+1)) $((x ? y : z)) $((0 ? (x=9) : 1)) $x $((0 && (x=9))) $x $((1 || (x=9))) $x $((1 ? (x=7) : 1)) $x $((x == 7 ? 1 : 0)) $((1,2)) 2>&1; echo no
####
x=1+1; (echo $((x)); echo no) 2>/dev/null; echo $?; x='(1+1)'; echo $(($x*2)); x='1+1'; echo $(($x*2)); x=' 5 '; echo $((x)); x=-3; echo $((x)) $((-x)) $((x*x)); x=; echo $((x)) $((x+1)); x=0x1f; echo $((x)); x=010; echo $((x)) $((010)); x=abc; (echo $((x))) 2>/dev/null; echo $?; (echo $((08))) 2>/dev/null; echo $?; (echo $((1a))) 2>/dev/null; echo $?; (echo $((1 1))) 2>/dev/null; echo $?; (echo $((1+))) 2>/dev/null; echo $?; (echo $((*1))) 2>/dev/null; echo $?; echo $(()) $(( )); (echo $((5/0))) 2>/dev/null; echo $?; (echo $((5%0))) 2>/dev/null; echo $?; (echo $((1++1))) ; (echo $((x++))) 2>/dev/null; echo $?; (echo $((2**3))) 2>/dev/null; echo $?; echo $((0 && 5/0)) $((1 || 5/0)) $((1 ? 1 : 5/0))
####
echo $((1 +
2)) $((  (3)
)) $(( 1 < 2 )) $((1>2)) $((3 & 1)) $((a=5,1)) 2>/dev/null; echo no
####
i=0; while [ $((i+=1)) -lt 4 ]; do echo $i; done; : $((i=i*2)); echo $i; echo $((i==8&&i>7)); [ $((i%2)) -eq 0 ] && echo even; a=$((i))b; echo $a; echo $((10#12)) 2>/dev/null; echo no
####
case a in [a) echo 1;; *) echo 2;; esac; case '[a' in [a) echo 1;; *) echo 2;; esac; case a in \a) echo 3;; esac; case '\a' in \\a) echo 4;; esac; case 'a*' in a\*) echo 5;; esac; case ab in a\*) echo no;; *) echo 6;; esac; case a in "a") echo 7;; esac; case 'a b' in a\ b) echo 8;; esac; case 'a b' in 'a b') echo 9;; esac; case ab in ?b) echo 10;; esac; case '' in '') echo 11;; esac; case '' in *) echo 12;; esac; case / in *) echo 13;; esac; case .a in *) echo 14;; esac; case a/b in a*b) echo 15;; esac
####
for s in a b z A 0 - ] '[' '!' ^ '\' . '*' '' ab; do r=; for p in '[abc]' '[a-c]' '[!a-c]' '[^a-c]' '[]]' '[!]]' '[]a]' '[a-]' '[-a]' '[a\-c]' '[\]]' '[[]' '[!]' '[\\]' '[a\]' '[[:alpha:]]' '[![:alpha:]]' '[[:alpha:]0]' '[[:digit:]-]' '[c-a]' '\*' '[*]' '?' '??' '*' '[.-0]' '[!-a]' '[a' '[]' '[!]]*' '[[:nope:]]' '[[.a.]]' '[[=a=]]' '[a]]' '[[:alpha]' ; do case $s in $p) r=$r1;; *) r=${r}0;; esac; done; echo "$s $r"; done
####
for s in a b - ] '!' '\' '*'; do r=; case $s in [a\-c]) r=${r}1;; *) r=${r}0;; esac; case $s in [\]]) r=${r}1;; *) r=${r}0;; esac; case $s in ["a-c"]) r=${r}1;; *) r=${r}0;; esac; case $s in [a"-"c]) r=${r}1;; *) r=${r}0;; esac; case $s in ['!'a]) r=${r}1;; *) r=${r}0;; esac; case $s in [\!a]) r=${r}1;; *) r=${r}0;; esac; case $s in "["a]) r=${r}1;; *) r=${r}0;; esac; case $s in [a"]"]) r=${r}1;; *) r=${r}0;; esac; case $s in [\\]) r=${r}1;; *) r=${r}0;; esac; case $s in [']']) r=${r}1;; *) r=${r}0;; esac; case $s in \\) r=${r}1;; *) r=${r}0;; esac; case $s in ['*']) r=${r}1;; *) r=${r}0;; esac; case $s in [[:alpha:]-]) r=${r}1;; *) r=${r}0;; esac; echo "$s $r"; done
####
p='a|b'; case a in $p) echo no;; *) echo 1;; esac; case 'a|b' in $p) echo 2;; esac; p='\*'; case '*' in $p) echo 3;; *) echo n3;; esac; case x in $p) echo n;; *) echo 4;; esac; case '\*' in "$p") echo 5;; esac; p='a\b'; case ab in $p) echo 6;; *) echo n6;; esac; case 'a\b' in $p) echo 7;; *) echo n7;; esac; p='[a-'; q='z]'; case m in $p$q) echo 8;; *) echo n8;; esac; p='*'; case '*' in "$p") echo 9;; esac; case abc in "a"$p) echo 10;; esac; case abc in a"$p") echo n;; *) echo 11;; esac; p='\'; case '\' in $p) echo 12;; *) echo n12;; esac; case 'a\' in a$p) echo 13;; *) echo n13;; esac; case x in ${nope-x}) echo 14;; esac; case x in $(echo x)) echo 15;; esac; case x in `echo y`|x) echo 16;; esac
####
x='a*b?c[d]'; case $x in *'*'*) echo 1;; esac; case $x in *\?*) echo 2;; esac; case $x in *"[d]") echo 3;; esac; case $x in *[[]d[]]) echo 4;; esac; case "$x" in "$x") echo 5;; esac; case $x in $x) echo 6;; *) echo n6;; esac; echo ${x#*'*'} ${x%'['*} ${x%%\?*} "${x##*[[]}" "${x#*"*"}" "${x%"[d]"}" ${x%"$x"}.
####
t() { test "$@" 2>/dev/null; echo "$* -> $?"; }; for a in '' a ! '('  -n; do for b in '' a ! '(' -n =; do for c in '' a ! ')' -n =; do for d in '' a ! ')' =; do t "$a" "$b" "$c" "$d"; done; done; done; done
####
[ a == a ]; echo $?; [ "$1" == configure ] && echo no; test a == a || echo y; [ a == a -o b = b ]; echo $?; [ f -nt g ]; echo $?; : >f; [ f -nt g ]; echo $?; [ g -ot f ]; echo $?
