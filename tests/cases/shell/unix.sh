# SPDX-License-Identifier: Apache-2.0
mkdir -p d/e/f d/g; echo a >d/a.txt; echo bb >d/e/b.conf; : >d/e/empty; ln -s a.txt d/link; chmod 600 d/a.txt; chmod 4755 d/e/b.conf
find d | sort
find d -type f | sort
find d -type d -name 'e*' | sort
find d -type l
find d -maxdepth 1 | sort
find d -mindepth 2 -maxdepth 2 | sort
find d -name '*.txt' -o -name '*.conf' | sort
find d \( -name '*.txt' -o -name '*.conf' \) -print | sort
find d ! -type d | sort
find d -not -type d -a -size -1c | sort
find d -empty | sort
find d -perm 600; find d -perm -4000; find d -perm /4000; find d -perm -u+s
find d -type f,l | sort
find d -name e -prune -o -print | sort
find d -path '*e/*' | sort
find d -iname 'A.TXT'
find d -user 0 -type f | sort
find d -size 1 | sort
find d -size +0 -type f| sort
####
mkdir -p d/e; echo x >d/e/1; echo y >d/e/2; echo z >d/3
find d -type f -exec echo found {} \; | sort
find d -type f -exec echo {} + | tr ' ' '\n' | sort
find d -type f -exec grep -q x {} \; -print
find d -type f -exec sh -c 'echo "$0:$1"; cat "$1"' s {} \; | sort
find d -name 1 -delete; find d | sort
find d/e -delete; ls d
find nothere; echo $?
find d nothere -name 3; echo $?
find d -printf '%p|%f|%h|%P|%m|%y|%d\n' | sort
find d/ -name 3
find . -name 3
find d -type f -print0 | tr '\0' '\n'
####
mkdir d; touch 'd/a b' d/c "d/it's"
find d -type f -print0 | sort -z 2>/dev/null | xargs -0 -n1 echo | sort
printf 'a b\nc d\n' | xargs echo
printf 'a b\nc d\n' | xargs -n 1 echo
printf 'a b\nc d\n' | xargs -I{} echo "<{}>" {}x
printf 'a b\nc d\ne f\n' | xargs -L 2 echo
printf '' | xargs echo empty
printf '' | xargs -r echo empty
printf '"a b" c\\ d '"'e f'"'\n' | xargs -n1 echo
printf 'a:b:c' | xargs -d: -n1 echo
printf 'a\nb' | xargs -d '\n' echo
echo x | xargs false; echo $?
echo x | xargs nosuchcommand 2>/dev/null; echo $?
echo x | xargs sh -c 'exit 255' 2>/dev/null; echo $?
echo x y z | xargs
echo x y z | xargs -n2 sh -c 'echo $# $0 $1'
printf 'one\ntwo\n' | xargs -I % sh -c 'echo %; echo n%'
####
expr 1 + 2; expr 5 - 7; expr 2 \* 3 + 4; expr 2 + 3 \* 4; expr 7 / 2; expr -7 / 2; expr 7 % 3; expr -7 % 3
expr 3 \< 4; expr 10 \> 9; expr a \< b; expr a = a; expr a != a; expr 1 = 01; expr abc = abd; echo $?
expr \( 1 + 2 \) \* 3
expr abc : 'a\(.\)c'; expr abc : 'a.'; expr abc : 'x'; expr abc : '\(x\)'; echo $?
expr abcdef : '.*'; expr length abcd; expr substr abcdef 2 3; expr index abcd cd; expr match abc 'a\(b\)'
expr '' \| def; expr a \| b; expr 0 \| 5; expr a \& b; expr 0 \& b; expr '' \& b; echo $?
expr 1 + a 2>/dev/null; echo $?
expr 1 / 0 2>/dev/null; echo $?
expr 2>/dev/null; echo $?
expr 1 2>/dev/null 2 ; echo $?
expr + length; expr 00; echo $?; expr -0; echo $?; expr ''; echo $?; expr "a b"
expr /usr/lib/x : '.*/\([^/]*\)$'
expr "v12.3" : 'v\([0-9]*\)'
expr length a + 1
expr 1 \| \( 1 / 0 \)
####
env A=1 sh -c 'echo $A'; A=2; env sh -c 'echo "<$A>"'; export A; env sh -c 'echo "<$A>"'; env -u A sh -c 'echo "<$A>"'; echo $A
env -i X=y sh -c 'echo "<$A><$X>"'; echo "$A"
env A=3 B=4 sh -c 'echo $A$B' ; echo $A$B
printenv A; printenv NOPE; echo $?
nice echo hi; nice -n 5 echo hi; timeout 5 echo hi; nohup echo hi 2>/dev/null; timeout -k 3 10 sh -c 'exit 3'; echo $?
/bin/echo 'a\nb'; /bin/echo -n x; /bin/echo -e 'a\tb'; env echo 'c\nd'; /bin/true; echo $?; /bin/false; echo $?; /usr/bin/test a = a; echo $?; /usr/bin/[ a = b ]; echo $?; /usr/bin/printf '%s-%d\n' a 3
sh -c 'echo $0 $1' a b; sh -e -c 'false; echo no'; echo $?; sh -ec 'false; echo no'; echo $?; echo 'echo in $1' | sh -s x; echo 'echo plain' | sh
echo 'echo script $1 $#; exit 4' >s; sh s q; echo $?; sh -x s 2>/dev/null; echo $?; sh ./nothere 2>/dev/null; echo $?; chmod +x s
printf '#!/bin/sh -e\nfalse\necho not here\n' >t; chmod 755 t; ./t; echo $?; sh t; echo $?
####
echo hello >a; echo world >b; : >c
md5sum a; sha1sum a; sha224sum a; sha256sum a b; sha384sum a; sha512sum a; echo x | md5sum; md5sum - <a; md5sum -b a; md5sum <c
md5sum a b >sums; md5sum -c sums; echo $?; echo changed >b; md5sum -c sums 2>/dev/null; echo $?; md5sum --status -c sums; echo $?; md5sum -c --quiet sums 2>/dev/null; echo $?
rm b; md5sum -c sums 2>/dev/null; echo $?; md5sum --ignore-missing -c sums 2>/dev/null; echo $?
md5sum nothere 2>/dev/null; echo $?
echo garbage | md5sum -c - 2>/dev/null; echo $?
md5sum a | cut -d' ' -f1; [ "$(md5sum <a)" = "$(cat a | md5sum)" ] && echo same
echo "$(sha256sum a | cut -d' ' -f1)  a" | sha256sum -c
####
mkdir -p d/sub; echo x >d/f; echo y >d/.hid; ln -s f d/l; chmod 755 d/f; echo z >top
ls; ls d; ls -a d; ls -A d; ls -1 d; ls -d d; ls -F d; ls -p d; ls top d; ls d d/sub; ls -R d; ls -r d; ls -d d/*
ls nothere 2>/dev/null; echo $?; ls d/l; ls -d d/.??*; ls -A d/sub; [ -z "$(ls -A d/sub)" ] && echo empty
####
umask 022; echo hello >f; chmod 4750 f; mkdir -m 2775 d; ln -s f l; mkdir -m 1777 t
stat -c '%a %A %n %s' f l; stat -c %a d t; stat -L -c '%a %F' l; stat -c %F d l f; stat --format=%U:%G f; stat -c '%u:%g' f; stat --printf '%a\n' f; stat -c %A d t; stat -c %a nothere 2>/dev/null; echo $?
: >e; stat -c '%F' e; stat -c '100%% %n' f
####
printf 'a\nb\nc\n' >1; printf 'b\nc\nd\n' >2
comm 1 2; comm -12 1 2; comm -23 1 2; comm -13 1 2; comm -3 1 2
cmp 1 2; echo $?; cmp -s 1 2; echo $?; cmp 1 1; echo $?; cmp -s 1 nothere; echo $?; cmp 1 3 2>/dev/null; echo $?
diff 1 1; echo $?; diff 1 2 >/dev/null; echo $?; diff -q 1 2; echo $?; diff -u 1 2 >/dev/null; echo $?; diff -q 1 nothere 2>/dev/null; echo $?
paste 1 2; paste -d, 1 2; paste -s 1; paste -sd, 1; paste -sd: 1 2; cat 1 | paste -s -d '\n' -; printf 'x\n' | paste - 1; printf '1\n2\n3\n4\n' | paste -s -d ',;'
tac 1; rev 1; printf 'abc\nde' | rev; echo; printf 'abc\nde' | tac; echo
fold -w 3 <<E
abcdefgh
ij
E
echo 'the quick brown fox jumps' | fold -s -w 10
echo hello | base64; printf 'hello world, this is a long line that goes over seventy-six characters, I believe it does' | base64; printf 'abcd' | base64 -w0; echo; echo aGVsbG8K | base64 -d; printf '' | base64; echo 'a!b' | base64 -d 2>/dev/null; echo $?
####
echo hello world >f; dd if=f of=g bs=5 count=1 2>/dev/null; cat g; echo; dd if=f bs=1 skip=6 2>/dev/null; dd if=/dev/zero of=z bs=1k count=2 2>/dev/null; wc -c <z; dd <f 2>/dev/null; dd if=nothere 2>/dev/null; echo $?; dd if=/dev/null of=n 2>/dev/null; wc -c <n
truncate -s 3 f; cat f; echo; truncate -s 0 f; wc -c <f; truncate -s 10 new; wc -c <new; truncate -c -s 3 no; ls
####
sleep 0; sync; whoami; id -u; id -g; tty; echo $?; id nosuchuserx 2>/dev/null; echo $?
uname; uname -s; uname -o; logname 2>/dev/null; echo $?
date -u -d @0; date -u -d @1700000000 +%Y-%m-%d; date -u -d @86399 '+%H:%M:%S %s %j %a %b'; date -u -R -d @0; date -u -I -d @0; date >/dev/null; echo $?
which nosuchprogram; echo $?; command -v nosuchprogram; echo $?; pidof nosuchprogramx; echo $?
which ls >/dev/null; echo $?
####
getopt -o ab:c:: -l alpha,beta:,gamma:: -n x -- -a -b 1 foo --beta=2 --gam --gamma=3 -c -cx "it's" -- -z --alpha
getopt -o +ab: -- -a x -b
getopt -T; echo $?
getopt -n x -l one,two: -- +o:d -d --two 3 x -o
getopt --options ab --longoptions "foo,bar baz" --name n -- --baz -ab q; echo $?
####
eval set -- "$(getopt -o hv: -l help,value: -- --value='a b' "c d" -h)"; for i; do echo "<$i>"; done
####
printf 'a=1\nb=2\nc=3\n' | awk 'BEGIN { split("x b c", d, " ") } { w = 0; for (i in d) { if ($0 ~ "^" d[i] "=") { print d[i] "!"; w = 1; break } } if (!w) print }'
awk 'BEGIN { split("3 4 5", d, " "); for (i in d) n += d[i]; print n }'
####
mkdir d; echo x >d/a; mv -Z d/a d/b && ls d
####
mkdir d; echo x >d/1.rules; ls -1v d; install -Z -m 600 d/1.rules e; cat e
####
echo 1 >a; echo 2 >b; echo 3 >c; cp -b a b; mv -b c a; install -b -m 600 a b; cat a 'a~' b 'b~'; ln -s a l; cp -b b l; cat l; readlink 'l~'; install -b a new; ls
####
for p in '^(0|+?[1-9][0-9]*)$' '*a' '(*b|?c)' '[(|*]*x' 'a|*b' '\(*x'; do for t in 5 +5 a b c x '(x' '*'; do echo "$t" | grep -Eq "$p" && echo "$t ~ $p"; done; done; echo
####
printf 'x: x5\n' | sed -n 's/x/y/ g p'; printf 'x: x5\n' | sed -n 's/x/y/	2	p; p'; printf 'a b\n' | sed -n '/a/ { s#a#z# 	p
	}'
####
mkdir -p d/e; touch d/f d/e/g; find d -type f -execdir sh -c 'echo "${PWD##*/} $1"' x {} \; | sort; find d -name g -execdir mv {} {}2 \; ; find . | sort; find d -maxdepth 0 -execdir echo {} \;
####
d=$PWD; f=$(tempfile -d "$d" -p abcdefg -s .x 2>/dev/null); f=${f##*/}; echo ${#f} ${f%??????.x}; [ -f "$f" ] && mv "$f" one; f=$(tempfile -d "$d" -m 640 2>/dev/null); mv "$f" two; tempfile -d "$d/none" 2>/dev/null || echo no
####
printf 'a\nb.c\n\n' >p; : >none; printf 'a\n' >q; printf 'a\nbxc\nab\nb.c\n' >f; grep -xFf q f; grep -f none f; echo $?; grep -vf none f; grep -Fxvf q f; grep -vxFf f f; grep -f q -e x f; grep -cf p f
####
printf 'a b\n c\nd' | sed -rz 's/\s+/","/g'; echo; printf 'a\0b\nc\0' | sed -z 's/^/>/; s/$/</' | tr '\0' '|'; echo; printf 'a\0b\0' | sed -zn '1!p' | tr '\0' '|'
